import rulewright
from wit_world.exports import provider
from wit_world.imports import http, secrets


class Provider(rulewright.Provider):
    def on_deliver(self, by, settings, message):
        secret = http.SecretValue("Bearer ", secrets.open("token"), "")
        headers = [http.Header("authorization", http.HeaderValue_Secret(secret))]
        answer = http.send(http.Request("POST", "https://a.b/", None, headers, b"x", None, message.key))
        return provider.Delivery_Sent(str(answer.status))

    def on_receive(self, by, settings, call):
        return provider.Reception_Refused("nobody calls")
