{ 'includes': ['native/winpeer.gypi'] }
