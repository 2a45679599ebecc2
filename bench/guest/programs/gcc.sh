# Compiles three of the generated files of bench/compare's build; its result is the assembly.
for number in 00 01 02; do
  gcc -O2 -S -o - /tmp/sources/unit$number.c || exit
done
