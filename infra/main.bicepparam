using './main.bicep'

param name = 'callredirect'
param botAppId = '00000000-0000-0000-0000-000000000000'
param fallbackTargets = [
  '+12345678901'
]
param missedCallWebhook = readEnvironmentVariable('MISSED_CALL_WEBHOOK', '')
param editorsObjectId = ''
param alertEmails = []
