package atoll.tests;

import atoll.tests.ExactFloat.Format;
import atoll.tests.ExactFloat.Result;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The floating-point instructions that compute, by mnemonic, in terms of {@link ExactFloat}.
 * Operands and results are whole registers: NaN boxes are opened and closed here.
 */
final class FloatReference {
  /** Computes from up to three registers in a rounding mode. */
  @FunctionalInterface
  interface Definition {
    Result of(long a, long b, long c, int mode);
  }

  private static final Map<String, Definition> BY_NAME = new TreeMap<>();

  /** Zfa's table 26.1 of constants, as doubles; its entries 1 and 31 are special. */
  private static final double[] CONSTANTS = {
    -1,
    0,
    0x1p-16,
    0x1p-15,
    0x1p-8,
    0x1p-7,
    0.0625,
    0.125,
    0.25,
    0.3125,
    0.375,
    0.4375,
    0.5,
    0.625,
    0.75,
    0.875,
    1,
    1.25,
    1.5,
    1.75,
    2,
    2.5,
    3,
    4,
    8,
    16,
    128,
    256,
    0x1p15,
    0x1p16,
    Double.POSITIVE_INFINITY,
    Double.NaN
  };

  static {
    for (Format f : new Format[] {Format.S, Format.D}) {
      String s = f == Format.S ? ".s" : ".d";
      arithmetic(f, s);
      comparison(f, s);
      integers(f, s);
      signs(f, s);
    }
    conversions();
    moves();
  }

  private FloatReference() {}

  /** The definition of that mnemonic; empty for loads, stores and what does not compute. */
  static Optional<Definition> of(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  /** {@code fli}'s constant. */
  static long constant(Format f, int index) {
    double v = CONSTANTS[index];
    long bits =
        index == 1
            ? 1L << f.fractionBits // the smallest normal number
            : Double.isNaN(v)
                ? f.nan()
                : ExactFloat.convert(Format.D, f, Double.doubleToRawLongBits(v), 0).bits();
    return f.box(bits);
  }

  private static void define(Format f, String name, Definition unboxed) {
    BY_NAME.put(
        name,
        (a, b, c, mode) -> {
          Result r = unboxed.of(f.unbox(a), f.unbox(b), f.unbox(c), mode);
          return new Result(f.box(r.bits()), r.flags());
        });
  }

  private static void toInteger(Format f, String name, Definition unboxed) {
    BY_NAME.put(name, (a, b, c, mode) -> unboxed.of(f.unbox(a), f.unbox(b), 0, mode));
  }

  private static void arithmetic(Format f, String s) {
    define(f, "fadd" + s, (a, b, c, m) -> ExactFloat.add(f, a, b, m));
    define(f, "fsub" + s, (a, b, c, m) -> ExactFloat.subtract(f, a, b, m));
    define(f, "fmul" + s, (a, b, c, m) -> ExactFloat.multiply(f, a, b, m));
    define(f, "fdiv" + s, (a, b, c, m) -> ExactFloat.divide(f, a, b, m));
    define(f, "fsqrt" + s, (a, b, c, m) -> ExactFloat.squareRoot(f, a, m));
    define(f, "fmadd" + s, (a, b, c, m) -> ExactFloat.fma(f, a, b, c, m));
    define(f, "fmsub" + s, (a, b, c, m) -> ExactFloat.fma(f, a, b, ExactFloat.negate(f, c), m));
    define(f, "fnmsub" + s, (a, b, c, m) -> ExactFloat.fma(f, ExactFloat.negate(f, a), b, c, m));
    define(
        f,
        "fnmadd" + s,
        (a, b, c, m) -> ExactFloat.fma(f, ExactFloat.negate(f, a), b, ExactFloat.negate(f, c), m));
    define(f, "fround" + s, (a, b, c, m) -> ExactFloat.toIntegral(f, a, m, false));
    define(f, "froundnx" + s, (a, b, c, m) -> ExactFloat.toIntegral(f, a, m, true));
  }

  private static void comparison(Format f, String s) {
    toInteger(f, "feq" + s, (a, b, c, m) -> ExactFloat.equal(f, a, b));
    toInteger(f, "flt" + s, (a, b, c, m) -> ExactFloat.less(f, a, b, false, false));
    toInteger(f, "fle" + s, (a, b, c, m) -> ExactFloat.less(f, a, b, true, false));
    toInteger(f, "fltq" + s, (a, b, c, m) -> ExactFloat.less(f, a, b, false, true));
    toInteger(f, "fleq" + s, (a, b, c, m) -> ExactFloat.less(f, a, b, true, true));
    define(f, "fmin" + s, (a, b, c, m) -> ExactFloat.minimum(f, a, b, false, false));
    define(f, "fmax" + s, (a, b, c, m) -> ExactFloat.minimum(f, a, b, true, false));
    define(f, "fminm" + s, (a, b, c, m) -> ExactFloat.minimum(f, a, b, false, true));
    define(f, "fmaxm" + s, (a, b, c, m) -> ExactFloat.minimum(f, a, b, true, true));
    toInteger(f, "fclass" + s, (a, b, c, m) -> new Result(ExactFloat.classify(f, a), 0));
  }

  private static void integers(Format f, String s) {
    String[] types = {"w", "wu", "l", "lu"};
    for (String type : types) {
      int bits = type.startsWith("w") ? 32 : 64;
      boolean unsigned = type.endsWith("u");
      toInteger(
          f, "fcvt." + type + s, (a, b, c, m) -> ExactFloat.toInteger(f, a, bits, unsigned, m));
      BY_NAME.put(
          "fcvt" + s + "." + type,
          (a, b, c, m) -> {
            Result r = ExactFloat.fromInteger(f, a, bits, unsigned, m);
            return new Result(f.box(r.bits()), r.flags());
          });
    }
  }

  private static void signs(Format f, String s) {
    long rest = ~f.sign();
    define(f, "fsgnj" + s, (a, b, c, m) -> new Result(a & rest | b & f.sign(), 0));
    define(f, "fsgnjn" + s, (a, b, c, m) -> new Result(a & rest | ~b & f.sign(), 0));
    define(f, "fsgnjx" + s, (a, b, c, m) -> new Result(a ^ b & f.sign(), 0));
  }

  private static void conversions() {
    Format[] formats = {Format.H, Format.S, Format.D};
    for (Format from : formats) {
      for (Format to : formats) {
        if (from != to) {
          BY_NAME.put(
              "fcvt." + letter(to) + "." + letter(from),
              (a, b, c, m) -> {
                Result r = ExactFloat.convert(from, to, from.unbox(a), m);
                return new Result(to.box(r.bits()), r.flags());
              });
        }
      }
    }
    BY_NAME.put("fcvtmod.w.d", (a, b, c, m) -> ExactFloat.toIntegerModular(a));
  }

  private static String letter(Format f) {
    return f.name().toLowerCase(java.util.Locale.ROOT);
  }

  /** Moves copy bits, boxed or not (unpriv 20.8, 21.2). */
  private static void moves() {
    BY_NAME.put("fmv.x.h", (a, b, c, m) -> new Result((short) a, 0));
    BY_NAME.put("fmv.x.w", (a, b, c, m) -> new Result((int) a, 0));
    BY_NAME.put("fmv.x.d", (a, b, c, m) -> new Result(a, 0));
    BY_NAME.put("fmv.h.x", (a, b, c, m) -> new Result(Format.H.box(a & 0xffff), 0));
    BY_NAME.put("fmv.w.x", (a, b, c, m) -> new Result(Format.S.box(a & 0xffff_ffffL), 0));
    BY_NAME.put("fmv.d.x", (a, b, c, m) -> new Result(a, 0));
  }
}
