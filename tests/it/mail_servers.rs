//! Debian's mail servers, started by the test that asks them: OpenSMTPD takes mails and puts them into folders, Dovecot
//! serves these folders by IMAP, and in front of OpenSMTPD takes mails over TLS from who has a password.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rulewright_domain::{MailFolder, MailServer, MailTls, Mailbox, Passwords};

const SMTPD: &str = "/usr/sbin/smtpd";
const DOVECOT: &str = "/usr/sbin/dovecot";
const IMAP: &str = "/usr/lib/dovecot/imap-login";
const SUBMISSION: &str = "/usr/lib/dovecot/submission-login";
pub const PASSWORD: &str = "canary-pass-7d1";
/// Whose the folders are: the servers give themselves up to it.
const NOBODY: u32 = 65534;
/// For a server to be there, or for a mail to arrive.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct MailServers {
    dir: tempfile::TempDir,
    /// Of the certificate, in PEM.
    pub authority: Vec<u8>,
    pub ports: Ports,
    running: Vec<Child>,
    /// OpenSMTPD is controlled at one place of the machine, so there is one at a time.
    _alone: fs::File,
}

#[derive(Clone, Copy)]
pub struct Ports {
    /// In the open, for everybody.
    pub smtp: u16,
    pub submission: u16,
    pub submissions: u16,
    pub imap: u16,
    pub imaps: u16,
}

/// What keeps the tests with real servers from running here, if anything does.
pub fn missing() -> Option<String> {
    let absent = [SMTPD, DOVECOT, IMAP, SUBMISSION].into_iter().find(|binary| !Path::new(binary).is_file());
    if let Some(binary) = absent {
        let packages = "opensmtpd dovecot-imapd dovecot-submissiond";
        return Some(format!("{binary} is not installed: apt-get install {packages}"));
    }
    let root = fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    (!root).then(|| "mail servers have to be started by root".to_owned())
}

/// Where smtpd keeps what it has taken is built into it: what one test's server had no time to deliver, the next one's
/// would, and what a server of this machine still has.
const OWN_SPOOL: &str =
    "mkdir -p /var/spool/smtpd && chmod 711 \"$0\" && mount --bind \"$0\" /var/spool/smtpd && exec \"$@\"";

impl MailServers {
    pub fn start() -> MailServers {
        let alone = fs::File::create(std::env::temp_dir().join("rulewright-smtpd.lock")).unwrap();
        alone.lock().unwrap();
        let dir = tempfile::tempdir().unwrap();
        // The servers' users have to get through.
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for folder in ["mail", "run", "state", "spool"] {
            fs::create_dir(dir.path().join(folder)).unwrap();
        }
        chown(dir.path().join("mail"), Some(NOBODY), Some(NOBODY)).unwrap();
        let rcgen::CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(dir.path().join("cert.pem"), cert.pem()).unwrap();
        fs::write(dir.path().join("key.pem"), signing_key.serialize_pem()).unwrap();
        fs::set_permissions(dir.path().join("key.pem"), fs::Permissions::from_mode(0o600)).unwrap();
        let ports = free();
        let authority = cert.pem().into_bytes();
        let mut servers = MailServers { dir, authority, ports, running: Vec::new(), _alone: alone };
        servers.start_smtp(&[]);
        servers.start_dovecot();
        servers
    }

    /// The same, and it answers mails to these names with these words.
    pub fn restart_smtp(&mut self, answers: &[(&str, &str)]) {
        let mut smtpd = self.running.remove(0);
        end(&mut smtpd);
        self.start_smtp(answers);
    }

    fn start_smtp(&mut self, answers: &[(&str, &str)]) {
        let (dir, port) = (self.dir.path().display(), self.ports.smtp);
        let mut config = String::new();
        let mut chain = Vec::new();
        for (index, (name, answer)) in answers.iter().enumerate() {
            config += &format!(
                "filter f{index} phase rcpt-to match rcpt-to regex {{ \"^{name}@\" }} reject \"{answer}\"\n"
            );
            chain.push(format!("f{index}"));
        }
        let mut filter = String::new();
        if !chain.is_empty() {
            config += &format!("filter all chain {{ {} }}\n", chain.join(", "));
            filter = " filter all".to_owned();
        }
        config += &format!(
            "table aliases {{ \"@\" = \"vmail\" }}\n\
             table people {{ \"vmail\" = \"{NOBODY}:{NOBODY}:{dir}/mail\" }}\n\
             listen on 127.0.0.1 port {port}{filter}\n\
             action in maildir \"{dir}/mail/%{{rcpt.user}}\" virtual <aliases> userbase <people>\n\
             match from any for any action in\n"
        );
        let file = self.dir.path().join("smtpd.conf");
        fs::write(&file, config).unwrap();
        let (file, spool) = (file.display().to_string(), format!("{dir}/spool"));
        let smtpd = ["-m", "/bin/sh", "-c", OWN_SPOOL, &spool, SMTPD, "-d", "-f", &file];
        self.running.insert(0, run("/usr/bin/unshare", &smtpd, self.dir.path()));
        self.wait_for(port);
        // It listens before all of its processes have found each other.
        let begun = Instant::now();
        while !greets(port) {
            assert!(begun.elapsed() < PATIENCE, "port {port} says nothing: {}", self.logs());
        }
    }

    fn start_dovecot(&mut self) {
        let Ports { smtp, submission, submissions, imap, imaps } = self.ports;
        let dir = self.dir.path().display();
        let config = format!(
            "base_dir = {dir}/run\n\
             state_dir = {dir}/state\n\
             log_path = {dir}/dovecot.log\n\
             protocols = imap submission\n\
             listen = 127.0.0.1\n\
             ssl = yes\n\
             ssl_cert = <{dir}/cert.pem\n\
             ssl_key = <{dir}/key.pem\n\
             disable_plaintext_auth = no\n\
             mail_location = maildir:~/\n\
             first_valid_uid = 1\n\
             passdb {{\n driver = static\n args = password={PASSWORD}\n}}\n\
             userdb {{\n driver = static\n args = uid={NOBODY} gid={NOBODY} home={dir}/mail/%n\n}}\n\
             submission_relay_host = 127.0.0.1\n\
             submission_relay_port = {smtp}\n\
             submission_relay_trusted = yes\n\
             service imap-login {{\n inet_listener imap {{\n port = {imap}\n }}\n\
             inet_listener imaps {{\n port = {imaps}\n ssl = yes\n }}\n}}\n\
             service submission-login {{\n inet_listener submission {{\n port = {submission}\n }}\n\
             inet_listener submissions {{\n port = {submissions}\n ssl = yes\n }}\n}}\n"
        );
        let file = self.dir.path().join("dovecot.conf");
        fs::write(&file, config).unwrap();
        self.running.push(run(DOVECOT, &["-F", "-c", &file.display().to_string()], self.dir.path()));
        for port in [submission, submissions, imap, imaps] {
            self.wait_for(port);
        }
    }

    #[allow(clippy::disallowed_methods, reason = "a server of this test")]
    fn wait_for(&self, port: u16) {
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if begun.elapsed() > PATIENCE {
                panic!("no server at port {port}: {}", self.logs());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn logs(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.dir.path().join(name)).unwrap_or_default();
        format!("{}\n{}", read("smtpd.log"), read("dovecot.log"))
    }

    /// Of these ports, as an operator would allow them.
    pub fn neighbours(&self) -> Vec<String> {
        let Ports { smtp, submission, submissions, imap, imaps } = self.ports;
        let open = [smtp, imap].map(|port| format!("127.0.0.1:{port}"));
        let closed = [submission, submissions, imaps].map(|port| format!("localhost:{port}"));
        open.into_iter().chain(closed).collect()
    }

    /// Sends in the open; mails to it are fetched where `fetched`.
    pub fn mailbox(&self, id: &str, fetched: bool) -> (Mailbox, Passwords) {
        let server = |port, user: Option<&str>| MailServer {
            host: "127.0.0.1".into(),
            port,
            tls: MailTls::None,
            user: user.map(Into::into),
        };
        let imap =
            fetched.then(|| MailFolder { server: server(self.ports.imap, Some(id)), folder: "INBOX".into() });
        let passwords = Passwords { smtp: None, imap: fetched.then(|| PASSWORD.to_owned()) };
        let address = format!("{id}@shop.example");
        let smtp = server(self.ports.smtp, None);
        let mailbox =
            Mailbox { id: id.into(), address, name: "The tea shop".into(), smtp, imap, default: true };
        (mailbox, passwords)
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.dir.path().join("mail").join(name)
    }

    /// Every mail that has come for somebody, oldest first.
    pub fn mails(&self, name: &str) -> Vec<String> {
        let mut found = Vec::new();
        for part in ["new", "cur"] {
            for entry in fs::read_dir(self.folder(name).join(part)).into_iter().flatten().flatten() {
                let when = entry.metadata().and_then(|meta| meta.modified()).unwrap();
                found.push((when, fs::read_to_string(entry.path()).unwrap()));
            }
        }
        found.sort();
        found.into_iter().map(|(_, mail)| mail).collect()
    }

    /// Waits until there are so many: a server takes a mail first, and delivers it then.
    pub async fn delivered(&self, name: &str, count: usize) -> Vec<String> {
        let begun = Instant::now();
        loop {
            let mails = self.mails(name);
            if mails.len() >= count {
                return mails;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{count} mails for {name}, not {}: {}",
                mails.len(),
                self.logs()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// A client's mail program, as far as it matters.
    #[allow(clippy::disallowed_methods, reason = "a server of this test")]
    pub fn write(&self, from: &str, to: &str, headers: &str, text: &str) {
        let mut stream = BufReader::new(TcpStream::connect(("127.0.0.1", self.ports.smtp)).unwrap());
        let mut say = |words: &str, expected: &str| {
            stream.get_mut().write_all(words.as_bytes()).unwrap();
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).unwrap();
                assert!(line.starts_with(expected), "{words}: {line}");
                if line.as_bytes().get(3) == Some(&b' ') {
                    break;
                }
            }
        };
        say("", "220");
        say("EHLO client.example\r\n", "250");
        say(&format!("MAIL FROM:<{from}>\r\n"), "250");
        say(&format!("RCPT TO:<{to}>\r\n"), "250");
        say("DATA\r\n", "354");
        say(&format!("From: Ada <{from}>\r\nTo: {to}\r\n{headers}\r\n{text}\r\n.\r\n"), "250");
    }

    /// What a server does whose index is lost: every mail of the folder has a new id.
    pub fn renumber(&self, name: &str) {
        for entry in fs::read_dir(self.folder(name)).unwrap().flatten() {
            if entry.file_name().to_string_lossy().starts_with("dovecot") {
                fs::remove_file(entry.path()).unwrap();
            }
        }
    }
}

impl Drop for MailServers {
    fn drop(&mut self) {
        self.running.iter_mut().for_each(end);
    }
}

/// Ends when its standard input does, also where the test is killed.
fn run(binary: &str, arguments: &[&str], dir: &Path) -> Child {
    let name = Path::new(binary).file_name().unwrap().to_string_lossy().into_owned();
    let log = fs::OpenOptions::new().create(true).append(true).open(dir.join(format!("{name}.log"))).unwrap();
    Command::new("/bin/sh")
        .args(["-c", "\"$@\" </dev/null & own=$!; read -r _; kill $own; wait $own", "sh", binary])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

fn end(child: &mut Child) {
    drop(child.stdin.take());
    let _ = child.wait();
}

/// Ports that nobody listened on a moment ago.
fn free() -> Ports {
    let listeners = [(); 5].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let [smtp, submission, submissions, imap, imaps] =
        listeners.each_ref().map(|listener| listener.local_addr().unwrap().port());
    Ports { smtp, submission, submissions, imap, imaps }
}

/// Whether a server answers the first words of a client.
#[allow(clippy::disallowed_methods, reason = "a server of this test")]
fn greets(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let mut heard = [0; 512];
    let mut hears = |stream: &mut TcpStream, code: &[u8]| {
        stream.read(&mut heard).is_ok_and(|size| heard[..size].starts_with(code))
    };
    let says = |stream: &mut TcpStream, words: &[u8]| stream.write_all(words).is_ok();
    hears(&mut stream, b"220")
        && says(&mut stream, b"EHLO test\r\n")
        && hears(&mut stream, b"250")
        && says(&mut stream, b"MAIL FROM:<test@shop.example>\r\n")
        && hears(&mut stream, b"250")
}

/// The first line that a browser gets, and where it is led on to.
#[allow(clippy::disallowed_methods, reason = "a server of this test")]
pub fn browse(url: &str) -> (String, Option<String>) {
    let rest = url.strip_prefix("http://").unwrap();
    let (authority, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(authority).unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, _) = answer.split_once("\r\n\r\n").unwrap();
    let location = head.lines().find_map(|line| line.strip_prefix("location: ").map(str::to_owned));
    (answer.lines().next().unwrap_or_default().to_owned(), location)
}
