package atoll.engine;

final class FpUnit {
  static boolean execute(
      int op, int rd, int rs1, int rs2, int rs3, int rm, long[] x, long[] f, FpFlags flags) {
    return false;
  }
}
