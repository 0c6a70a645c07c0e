"""What every client does with a shop. A client is given as three functions:

call(method, params) -> result, all_of(method, params) -> every row of a list,
batch({label: (method, params)}) -> {label: result}
"""


def same(found, wanted, what):
    assert found == wanted, f"{what}: {found!r} instead of {wanted!r}"


def run(call, all_of, batch):
    # Contacts, a company, a deal with products.
    ada = int(call("crm.contact.add", {"fields": {
        "NAME": "Ada", "LAST_NAME": "Lovelace",
        "PHONE": [{"VALUE": "+44 20 7946 0001", "VALUE_TYPE": "WORK"}],
    }}))
    bob = int(call("crm.contact.add", {"fields": {"NAME": "Bob", "LAST_NAME": "Frost"}}))
    company = int(call("crm.company.add", {"fields": {"TITLE": "Tea & Co"}}))
    same(call("crm.contact.get", {"id": ada})["PHONE"][0]["VALUE_TYPE"], "WORK", "kind of phone")
    deal = int(call("crm.deal.add", {"fields": {
        "TITLE": "Teapots", "CONTACT_IDS": [ada], "COMPANY_ID": company, "CURRENCY_ID": "EUR",
    }}))
    call("crm.deal.productrows.set", {"id": deal, "rows": [
        {"PRODUCT_NAME": "Teapot", "PRICE": 10, "QUANTITY": 2},
        {"PRODUCT_NAME": "Cup", "PRICE": 5, "QUANTITY": 1},
    ]})
    read = call("crm.deal.get", {"id": deal})
    same(float(read["OPPORTUNITY"]), 25.0, "sum of the products")
    same((read["STAGE_ID"], read["CATEGORY_ID"], read["COMPANY_ID"]), ("NEW", "0", str(company)), "a new deal")
    same(len(call("crm.deal.productrows.get", {"id": deal})), 2, "products")

    # Contacts of the deal.
    add = {"id": deal, "fields": {"CONTACT_ID": bob}}
    same(call("crm.deal.contact.add", add), True, "a contact is added")
    same(call("crm.deal.contact.add", add), False, "and not twice")
    bound = call("crm.deal.contact.items.get", {"id": deal})
    same([(int(one["CONTACT_ID"]), one["IS_PRIMARY"]) for one in bound], [(ada, "Y"), (bob, "N")], "contacts")
    same(call("crm.deal.contact.delete", {"id": deal, "fields": {"CONTACT_ID": ada}}), True, "one is removed")
    bound = call("crm.deal.contact.items.get", {"id": deal})
    same([(int(one["CONTACT_ID"]), one["IS_PRIMARY"]) for one in bound], [(bob, "Y")], "the other is the primary one")

    # Stages: within the funnel, foreign, and to another funnel.
    category = int(call("crm.category.add", {"entityTypeId": 2, "fields": {"name": "Wholesale", "sort": 200}})["category"]["id"])
    call("crm.deal.update", {"id": deal, "fields": {"STAGE_ID": "PREPARATION"}})
    call("crm.deal.update", {"id": deal, "fields": {"STAGE_ID": f"C{category}:EXECUTING", "TITLE": "Changed"}})
    read = call("crm.deal.get", {"id": deal})
    same((read["STAGE_ID"], read["TITLE"], read["CATEGORY_ID"]), ("PREPARATION", "Teapots", "0"), "a foreign stage changes nothing")
    call("crm.item.update", {"entityTypeId": 2, "id": deal, "fields": {
        "categoryId": category, "stageId": f"C{category}:EXECUTING",
    }})
    read = call("crm.deal.get", {"id": deal})
    same((read["STAGE_ID"], read["CATEGORY_ID"]), (f"C{category}:EXECUTING", str(category)), "a move to another funnel")
    history = call("crm.stagehistory.list", {"entityTypeId": 2, "filter": {"OWNER_ID": deal}, "order": {"ID": "ASC"}})
    if isinstance(history, dict):
        history = history["items"]
    same([int(one["TYPE_ID"]) for one in history], [1, 2, 5], "history of its stages")

    # Comments.
    comment = int(call("crm.timeline.comment.add", {"fields": {
        "ENTITY_ID": deal, "ENTITY_TYPE": "deal", "COMMENT": "Call before noon",
    }}))
    call("crm.timeline.comment.update", {"id": comment, "fields": {"COMMENT": "Call after noon"}})
    same(call("crm.timeline.comment.get", {"id": comment})["COMMENT"], "Call after noon", "a comment")
    comments = all_of("crm.timeline.comment.list", {"filter": {"ENTITY_ID": deal, "ENTITY_TYPE": "deal"}})
    same([int(one["ID"]) for one in comments], [comment], "comments of a deal")
    call("crm.timeline.comment.delete", {"id": comment})

    # Fields of the shop's own.
    field = int(call("crm.deal.userfield.add", {"fields": {"USER_TYPE_ID": "string", "FIELD_NAME": "NOTE", "LABEL": "Note"}}))
    call("crm.deal.update", {"id": deal, "fields": {"UF_CRM_NOTE": "fragile"}})
    same(call("crm.deal.get", {"id": deal})["UF_CRM_NOTE"], "fragile", "a field of the shop's own")
    assert "UF_CRM_NOTE" in call("crm.deal.fields", {}), "it is among the fields"
    call("crm.deal.userfield.delete", {"id": field})

    # 125 deals, by batches; whole lists, filters, changes by batch.
    made = {}
    for start in range(0, 125, 50):
        made.update(batch({
            f"n{number}": ("crm.deal.add", {"fields": {
                "TITLE": f"Bulk {number:03}", "OPPORTUNITY": number, "CATEGORY_ID": 0, "UTM_SOURCE": "bulk",
            }})
            for number in range(start, min(start + 50, 125))
        }))
    same(len(made), 125, "deals made by batches")
    bulk = all_of("crm.deal.list", {"select": ["ID", "TITLE", "OPPORTUNITY", "STAGE_ID"], "filter": {"UTM_SOURCE": "bulk"}})
    same(len({int(one["ID"]) for one in bulk}), 125, "all of them, page after page")
    some = all_of("crm.deal.list", {"filter": {"UTM_SOURCE": "bulk", ">=OPPORTUNITY": 100, "<OPPORTUNITY": "110"}})
    same(sorted(one["TITLE"] for one in some), [f"Bulk {number}" for number in range(100, 110)], "filters")
    some = all_of("crm.deal.list", {"filter": {"%TITLE": "bulk 01", "@STAGE_ID": ["NEW", "WON"]}})
    same(len(some), 10, "a part of the title, in any case, and one of several stages")
    batch({
        f"u{one['ID']}": ("crm.deal.update", {"id": one["ID"], "fields": {"STAGE_ID": "WON"}})
        for one in bulk[:50]
    })
    won = all_of("crm.deal.list", {"filter": {"UTM_SOURCE": "bulk", "STAGE_ID": "WON"}, "select": ["ID", "CLOSED"]})
    same((len(won), {one["CLOSED"] for one in won}), (50, {"Y"}), "fifty are won and closed")

    # And away with it.
    same(call("crm.deal.delete", {"id": deal}), True, "a deal is deleted")
    assert call("crm.contact.get", {"id": bob})["NAME"] == "Bob", "its contact stays"
    for number in (deal, 10_000_000):
        try:
            gone = call("crm.deal.get", {"id": number})
        except Exception as error:
            # Some clients keep the text to themselves.
            assert "not found" in str(error).lower() or "400" in repr(error), f"{error!r}"
        else:
            raise AssertionError(f"a deal that is gone is still there: {gone!r}")
    print("done")
