const res = await fetch(
`https://${TENANT}/apidev/v1/clients?status=A&search=regional&limit=10`,
{
headers: {
'Authorization': `Bearer ${token}`,
'X-API-Key': apiKey,
'tenant': TENANT,
},
}
);
const { data, meta } = await res.json();
