const res = await fetch(
`https://${TENANT}/apidev/v1/clients/982710394857200005`,
{
headers: {
'Authorization': `Bearer ${token}`,
'X-API-Key': apiKey,
'tenant': TENANT,
},
}
);
const { data } = await res.json();
