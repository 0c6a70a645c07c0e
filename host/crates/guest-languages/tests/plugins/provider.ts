import { send } from "rulewright:host/http@0.1.0";
import { open } from "rulewright:host/secrets@0.1.0";
import { defineProvider } from "rulewright";

export const provider = defineProvider<{ account: string }>({
  deliver(_by, message) {
    const secret = { prefix: "Bearer ", secret: open("token"), suffix: "" };
    const answer = send({
      method: "POST",
      url: "https://a.b/",
      urlSecret: null,
      headers: [{ name: "authorization", value: { tag: "secret", val: secret } }],
      body: Uint8Array.from([1]),
      timeout: null,
      key: message.key,
    });
    return { tag: "sent", val: String(answer.status) };
  },

  receive: () => ({ tag: "refused", val: "nobody calls" }),
});
