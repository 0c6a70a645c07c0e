import os
import sys

from fast_bitrix24 import Bitrix

import scenario

shop = Bitrix(os.environ["BITRIX24"], verbose=False)


def call(method, params):
    return shop.call(method, params, raw=True)["result"]


def batch(commands):
    labels = list(commands)
    methods = {method for method, _ in commands.values()}
    assert len(methods) == 1, "it packs calls of one method"
    # A list of calls of one method is packed into batches, and answered in its order.
    answers = shop.call(methods.pop(), [commands[label][1] for label in labels])
    return dict(zip(labels, answers, strict=True))


scenario.run(call, shop.get_all, batch)
# Packed calls for single rows, as its users write them.
ids = [int(row["ID"]) for row in shop.get_all("crm.deal.list", {"filter": {"UTM_SOURCE": "bulk"}})]
deals = shop.get_by_ID("crm.deal.get", ids)
assert len(deals) == 125 and all(deals[str(one)]["ID"] == str(one) for one in ids), deals
assert shop.call("profile", raw=True)["result"]["ADMIN"] is True
sys.exit(0)
