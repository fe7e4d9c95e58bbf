// What SQLite offers, for Swift.
#include <sqlite3.h>
