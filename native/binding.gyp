{ 'includes': ['winpeer.gypi'] }
