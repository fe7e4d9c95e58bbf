import Apus
print(version(), y())
x()
