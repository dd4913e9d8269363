UPDATE workspaces SET revision = 4 WHERE workspace = 'old';
