// All the code that this stack runs. CloudFormation calls it when the stack is made, changed or deleted. It
// tells the service that sent your launch link, which then checks the role and answers CloudFormation.
// It reads nothing of your account and talks to nobody but those two.
const { createHash, createHmac } = require('node:crypto');
const { env } = process;

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

exports.handler = async (event) => {
  const text = JSON.stringify(event);
  const body = JSON.stringify({ event: text, identity: identify(text) });
  const headers = { 'content-type': 'application/json' };
  const told = await send(env.CALLBACK_URL, { method: 'POST', headers, body }, 90);
  console.log(`${event.RequestType}: the service answered ${told.status || 'nothing'}`);
  if (told.status >= 200 && told.status < 300) return;

  // The service refused or is out of reach: answer here, or the stack would hang. A deletion succeeds.
  const answer = {
    Status: event.RequestType === 'Delete' ? 'SUCCESS' : 'FAILED',
    Reason: reason(told).slice(0, 400), // an answer has at most 4096 bytes
    PhysicalResourceId: event.PhysicalResourceId || `${event.LogicalResourceId}-${event.RequestId}`,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
  };
  // The content type has to be empty; bytes, unlike text, bring none of their own.
  const put = { method: 'PUT', headers: { 'content-type': '' }, body: Buffer.from(JSON.stringify(answer)) };
  await send(event.ResponseURL, put, 30);
};

// Proves, without a secret, which account this is: signs the question "who am I?" to AWS STS, for the service
// to send. It is good for minutes and opens nothing. Two hashes tie it to this event and this link.
function identify(text) {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const headers = {
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    host: new URL(env.STS_URL).host,
    'x-amz-date': time,
    'x-amz-security-token': env.AWS_SESSION_TOKEN,
    'x-rolecall-event': sha256(text),
    'x-rolecall-token': sha256(env.CALLBACK_URL.split('/').pop()),
  };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map((header) => header.join(':'));
  const body = sha256('Action=GetCallerIdentity&Version=2011-06-15');
  const request = sha256(`POST\n/\n\n${lines.join('\n')}\n\n${names}\n${body}`);
  const scope = [time.slice(0, 8), env.AWS_REGION, 'sts', 'aws4_request'];
  const key = scope.reduce(hmac, `AWS4${env.AWS_SECRET_ACCESS_KEY}`);
  const at = scope.join('/');
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${at}\n${request}`).toString('hex');
  const by = `Credential=${env.AWS_ACCESS_KEY_ID}/${at}, SignedHeaders=${names}`;
  return {
    authorization: `AWS4-HMAC-SHA256 ${by}, Signature=${signature}`,
    'x-amz-date': time,
    'x-amz-security-token': env.AWS_SESSION_TOKEN,
  };
}

// Repeats a request until its answer is final, or for so many seconds and 10 more. Follows no redirects.
async function send(url, request, seconds) {
  const end = Date.now() + seconds * 1000;
  for (let pause = 1000; ; pause += 2000) {
    let status = 0;
    let text;
    try {
      const signal = AbortSignal.timeout(10000);
      const response = await fetch(url, { ...request, redirect: 'manual', signal });
      status = response.status;
      text = await response.text();
    } catch {}
    const final = status && status < 500 && status !== 408 && status !== 429;
    if (final || Date.now() + pause > end) return { status, text, final };
    await new Promise((wake) => setTimeout(wake, pause));
  }
}

function reason({ status, text, final }) {
  let said = final ? `The service refused this stack (HTTP ${status}).` : 'The service could not be reached.';
  try {
    said = JSON.parse(text).detail || said;
  } catch {}
  return final ? `${said}` : `${said} Try again later.`;
}
