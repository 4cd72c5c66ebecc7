"""The PostgreSQL and Valkey that ``run`` starts, their folders, backups and migrations."""
