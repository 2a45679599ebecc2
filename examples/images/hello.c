#include <stdio.h>

int main(void) {
  puts("hello from a disk");
  return 0;
}
