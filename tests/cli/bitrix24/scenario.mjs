// What every client does with a shop: the same as in scenario.py, for clients in JavaScript.
import assert from 'node:assert/strict'

/** `call(method, params)` gives a result, `allOf(method, params)` every row, `batch({label: [method, params]})` results by label. */
export async function run(call, allOf, batch) {
  const ada = Number(await call('crm.contact.add', { fields: {
    NAME: 'Ada', LAST_NAME: 'Lovelace', PHONE: [{ VALUE: '+44 20 7946 0001', VALUE_TYPE: 'WORK' }],
  } }))
  const bob = Number(await call('crm.contact.add', { fields: { NAME: 'Bob', LAST_NAME: 'Frost' } }))
  const company = Number(await call('crm.company.add', { fields: { TITLE: 'Tea & Co' } }))
  assert.equal((await call('crm.contact.get', { id: ada })).PHONE[0].VALUE_TYPE, 'WORK')
  const deal = Number(await call('crm.deal.add', { fields: {
    TITLE: 'Teapots', CONTACT_IDS: [ada], COMPANY_ID: company, CURRENCY_ID: 'EUR',
  } }))
  await call('crm.deal.productrows.set', { id: deal, rows: [
    { PRODUCT_NAME: 'Teapot', PRICE: 10, QUANTITY: 2 }, { PRODUCT_NAME: 'Cup', PRICE: 5, QUANTITY: 1 },
  ] })
  let read = await call('crm.deal.get', { id: deal })
  assert.equal(Number(read.OPPORTUNITY), 25)
  assert.deepEqual([read.STAGE_ID, read.CATEGORY_ID, read.COMPANY_ID], ['NEW', '0', String(company)])
  assert.equal((await call('crm.deal.productrows.get', { id: deal })).length, 2)

  const add = { id: deal, fields: { CONTACT_ID: bob } }
  assert.equal(await call('crm.deal.contact.add', add), true)
  assert.equal(await call('crm.deal.contact.add', add), false)
  const contacts = async () => (await call('crm.deal.contact.items.get', { id: deal })).map(one => [Number(one.CONTACT_ID), one.IS_PRIMARY])
  assert.deepEqual(await contacts(), [[ada, 'Y'], [bob, 'N']])
  assert.equal(await call('crm.deal.contact.delete', { id: deal, fields: { CONTACT_ID: ada } }), true)
  assert.deepEqual(await contacts(), [[bob, 'Y']])

  const category = Number((await call('crm.category.add', { entityTypeId: 2, fields: { name: 'Wholesale', sort: 200 } })).category.id)
  await call('crm.deal.update', { id: deal, fields: { STAGE_ID: 'PREPARATION' } })
  await call('crm.deal.update', { id: deal, fields: { STAGE_ID: `C${category}:EXECUTING`, TITLE: 'Changed' } })
  read = await call('crm.deal.get', { id: deal })
  assert.deepEqual([read.STAGE_ID, read.TITLE, read.CATEGORY_ID], ['PREPARATION', 'Teapots', '0'], 'a foreign stage changes nothing')
  await call('crm.item.update', { entityTypeId: 2, id: deal, fields: { STAGE_ID: `C${category}:EXECUTING`, categoryId: category } })
  read = await call('crm.deal.get', { id: deal })
  assert.deepEqual([read.STAGE_ID, read.CATEGORY_ID], [`C${category}:EXECUTING`, String(category)])
  const history = await call('crm.stagehistory.list', { entityTypeId: 2, filter: { OWNER_ID: deal }, order: { ID: 'ASC' } })
  assert.deepEqual(history.items.map(one => Number(one.TYPE_ID)), [1, 2, 5])

  const comment = Number(await call('crm.timeline.comment.add', { fields: { ENTITY_ID: deal, ENTITY_TYPE: 'deal', COMMENT: 'Call before noon' } }))
  await call('crm.timeline.comment.update', { id: comment, fields: { COMMENT: 'Call after noon' } })
  assert.equal((await call('crm.timeline.comment.get', { id: comment })).COMMENT, 'Call after noon')
  const comments = await call('crm.timeline.comment.list', { filter: { ENTITY_ID: deal, ENTITY_TYPE: 'deal' } })
  assert.deepEqual(comments.map(one => Number(one.ID)), [comment])
  await call('crm.timeline.comment.delete', { id: comment })

  const field = Number(await call('crm.deal.userfield.add', { fields: { USER_TYPE_ID: 'string', FIELD_NAME: 'NOTE', LABEL: 'Note' } }))
  await call('crm.deal.update', { id: deal, fields: { UF_CRM_NOTE: 'fragile' } })
  assert.equal((await call('crm.deal.get', { id: deal })).UF_CRM_NOTE, 'fragile')
  assert.ok('UF_CRM_NOTE' in await call('crm.deal.fields', {}))
  await call('crm.deal.userfield.delete', { id: field })

  const numbers = Array.from({ length: 125 }, (_, number) => number)
  for (let start = 0; start < 125; start += 50) {
    const made = await batch(Object.fromEntries(numbers.slice(start, start + 50).map(number => [`n${number}`, ['crm.deal.add', { fields: {
      TITLE: `Bulk ${String(number).padStart(3, '0')}`, OPPORTUNITY: number, CATEGORY_ID: 0, UTM_SOURCE: 'bulk',
    } }]])))
    assert.equal(Object.keys(made).length, Math.min(50, 125 - start))
  }
  const bulk = await allOf('crm.deal.list', { select: ['ID', 'TITLE', 'OPPORTUNITY', 'STAGE_ID'], filter: { UTM_SOURCE: 'bulk' } })
  assert.equal(new Set(bulk.map(one => one.ID)).size, 125)
  const between = await allOf('crm.deal.list', { select: ['ID', 'TITLE'], filter: { 'UTM_SOURCE': 'bulk', '>=OPPORTUNITY': 100, '<OPPORTUNITY': '110' } })
  assert.deepEqual(between.map(one => one.TITLE).sort(), numbers.slice(100, 110).map(number => `Bulk ${number}`))
  const some = await allOf('crm.deal.list', { filter: { '%TITLE': 'bulk 01', '@STAGE_ID': ['NEW', 'WON'] } })
  assert.equal(some.length, 10)
  await batch(Object.fromEntries(bulk.slice(0, 50).map(one => [`u${one.ID}`, ['crm.deal.update', { id: one.ID, fields: { STAGE_ID: 'WON' } }]])))
  const won = await allOf('crm.deal.list', { filter: { UTM_SOURCE: 'bulk', STAGE_ID: 'WON' }, select: ['ID', 'CLOSED'] })
  assert.deepEqual([won.length, new Set(won.map(one => one.CLOSED))], [50, new Set(['Y'])])

  assert.equal(await call('crm.deal.delete', { id: deal }), true)
  assert.equal((await call('crm.contact.get', { id: bob })).NAME, 'Bob', 'its contact stays')
  await assert.rejects(call('crm.deal.get', { id: deal }), 'a deal that is gone')
  console.log('done')
}
