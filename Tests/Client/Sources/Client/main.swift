// What a client sees with one import.
import Apus

print("sum:", version())
