python3 -S python.py
