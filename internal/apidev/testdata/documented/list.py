import requests
response = requests.get(
f"https://{TENANT}/apidev/v1/clients",
headers={"Authorization": f"Bearer {token}", "X-API-Key": api_key, "tenant": TENANT},
params={"status": "A", "search": "regional", "limit": 10},
)
data = response.json()
