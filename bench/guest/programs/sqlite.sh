sqlite3 :memory: <sqlite.sql
