package atoll.engine;

final class ScalarUnit {
  static long execute(int op, long a, long b) {
    return 0;
  }
}
