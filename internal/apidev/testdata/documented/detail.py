import requests
response = requests.get(
f"https://{TENANT}/apidev/v1/clients/982710394857200005",
headers={"Authorization": f"Bearer {token}", "X-API-Key": api_key, "tenant": TENANT},
)
data = response.json()
