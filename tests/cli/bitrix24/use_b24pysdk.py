import os
from urllib.parse import urlsplit

from b24pysdk import BitrixWebhook, Client

import scenario

address = urlsplit(os.environ["BITRIX24"])
_, user, code = address.path.strip("/").split("/")
token = BitrixWebhook(domain=address.netloc, webhook_token=f"{user}/{code}")
client = Client(token)


def call(method, params):
    return token.call_method(method, params)["result"]


def all_of(method, params):
    return token.call_list(method, params)["result"]


def batch(commands):
    answer = token.call_batch(commands)["result"]
    assert not answer["result_error"], answer["result_error"]
    return answer["result"]


scenario.run(call, all_of, batch)
# Its own words for the same.
deals = client.crm.deal.list(filter={"UTM_SOURCE": "bulk"}, select=["ID", "TITLE"])
assert len(deals.as_list().result) == 125
fast = list(client.crm.deal.list(filter={"UTM_SOURCE": "bulk"}, select=["ID"]).as_list_fast().result)
assert len({int(one["ID"]) for one in fast}) == 125, len(fast)
items = client.crm.item.list(entity_type_id=2, filter={"utmSource": "bulk", ">opportunity": 120}).result["items"]
assert sorted(one["opportunity"] for one in items) == [121, 122, 123, 124], items
answers = client.call_batch([client.crm.deal.get(bitrix_id=one["id"]) for one in items]).result.result
assert [one["TITLE"] for one in answers] == [one["title"] for one in items], answers
print(client.crm.deal.fields().time.duration)
