INSERT INTO sessions (digest, begun_at) VALUES ('cbd1d2ea7a57a9de5ffc4fc6de4c6bcae8a1b9a2a2d5a5bba7fb4ee8b8a20f60', 1);
