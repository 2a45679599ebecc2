package atoll.engine.fpu;

import org.junit.jupiter.api.Test;

/** Every result bit and every flag of the arithmetic, beside its definition. */
class FpArithmeticTest {
  private static final long WORD = 0xffff_ffffL;

  @Test
  void doubleAdditionIsExact() {
    new FpCase(
            "add.d",
            FpFormat.DOUBLE,
            (a, b, c, rm, f) -> FpDouble.add(a, b, rm, f),
            (r, a, b, c, rm) -> r.add(a, b, rm))
        .binary();
  }

  @Test
  void doubleSubtractionIsExact() {
    new FpCase(
            "sub.d",
            FpFormat.DOUBLE,
            (a, b, c, rm, f) -> FpDouble.sub(a, b, rm, f),
            (r, a, b, c, rm) -> r.sub(a, b, rm))
        .binary();
  }

  @Test
  void doubleMultiplicationIsExact() {
    new FpCase(
            "mul.d",
            FpFormat.DOUBLE,
            (a, b, c, rm, f) -> FpDouble.mul(a, b, rm, f),
            (r, a, b, c, rm) -> r.mul(a, b, rm))
        .binary();
  }

  @Test
  void doubleDivisionIsExact() {
    new FpCase(
            "div.d",
            FpFormat.DOUBLE,
            (a, b, c, rm, f) -> FpDouble.div(a, b, rm, f),
            (r, a, b, c, rm) -> r.div(a, b, rm))
        .binary();
  }

  @Test
  void doubleRootIsExact() {
    FpCase sqrt =
        new FpCase(
            "sqrt.d",
            FpFormat.DOUBLE,
            (a, b, c, rm, f) -> FpDouble.sqrt(a, rm, f),
            (r, a, b, c, rm) -> r.sqrt(a, rm));
    sqrt.unary();
    sqrt.unaryNear(Double.doubleToRawLongBits(1), 2);
  }

  @Test
  void doubleFusedMultiplyAddIsExact() {
    new FpCase("fma.d", FpFormat.DOUBLE, FpDouble::fma, (r, a, b, c, rm) -> r.fma(a, b, c, rm))
        .ternary();
  }

  @Test
  void singleAdditionIsExact() {
    new FpCase(
            "add.s",
            FpFormat.SINGLE,
            (a, b, c, rm, f) -> FpSingle.add((int) a, (int) b, rm, f) & WORD,
            (r, a, b, c, rm) -> r.add(a, b, rm))
        .binary();
  }

  @Test
  void singleSubtractionIsExact() {
    new FpCase(
            "sub.s",
            FpFormat.SINGLE,
            (a, b, c, rm, f) -> FpSingle.sub((int) a, (int) b, rm, f) & WORD,
            (r, a, b, c, rm) -> r.sub(a, b, rm))
        .binary();
  }

  @Test
  void singleMultiplicationIsExact() {
    new FpCase(
            "mul.s",
            FpFormat.SINGLE,
            (a, b, c, rm, f) -> FpSingle.mul((int) a, (int) b, rm, f) & WORD,
            (r, a, b, c, rm) -> r.mul(a, b, rm))
        .binary();
  }

  @Test
  void singleDivisionIsExact() {
    new FpCase(
            "div.s",
            FpFormat.SINGLE,
            (a, b, c, rm, f) -> FpSingle.div((int) a, (int) b, rm, f) & WORD,
            (r, a, b, c, rm) -> r.div(a, b, rm))
        .binary();
  }

  @Test
  void singleRootIsExact() {
    new FpCase(
            "sqrt.s",
            FpFormat.SINGLE,
            (a, b, c, rm, f) -> FpSingle.sqrt((int) a, rm, f) & WORD,
            (r, a, b, c, rm) -> r.sqrt(a, rm))
        .unary();
  }

  @Test
  void singleFusedMultiplyAddIsExact() {
    new FpCase(
            "fma.s",
            FpFormat.SINGLE,
            (a, b, c, rm, f) -> FpSingle.fma((int) a, (int) b, (int) c, rm, f) & WORD,
            (r, a, b, c, rm) -> r.fma(a, b, c, rm))
        .ternary();
  }
}
