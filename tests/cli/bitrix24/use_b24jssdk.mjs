import assert from 'node:assert/strict'
import { B24Hook } from '@bitrix24/b24jssdk'
import { run } from './scenario.mjs'

const shop = B24Hook.fromWebhookUrl(process.env.BITRIX24)

async function call(method, params) {
  const answer = await shop.actions.v2.call.make({ method, params })
  if (!answer.isSuccess) throw new Error(answer.getErrorMessages().join('; '))
  return answer.getData().result
}

async function allOf(method, params) {
  const answer = await shop.actions.v2.callList.make({ method, params, idKey: 'ID' })
  if (!answer.isSuccess) throw new Error(answer.getErrorMessages().join('; '))
  return answer.getData()
}

async function batch(commands) {
  const calls = Object.fromEntries(Object.entries(commands).map(([label, [method, params]]) => [label, { method, params }]))
  const answer = await shop.actions.v2.batch.make({ calls, options: { isHaltOnError: true, returnAjaxResult: false } })
  if (!answer.isSuccess) throw new Error(answer.getErrorMessages().join('; '))
  return answer.getData()
}

await run(call, allOf, batch)

// Its own way through a long list, and its check of whether anybody is there.
let rows = 0
for await (const page of shop.actions.v2.fetchList.make({ method: 'crm.item.list', params: { entityTypeId: 2, select: ['id'] }, idKey: 'id', customKeyForResult: 'items' })) {
  rows += page.length
}
assert.ok(rows >= 125, `${rows}`)
assert.equal(await shop.tools.healthCheck.make({ requestId: 'health' }), true)
shop.destroy()
