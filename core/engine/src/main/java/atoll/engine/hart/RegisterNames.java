package atoll.engine.hart;

import atoll.isa.CsrNumber;
import java.util.HashMap;
import java.util.Map;

/**
 * Registers by the names that debuggers and reports use: pc, integer, floating-point, CSRs, and
 * {@code priv} and {@code virt} for the mode.
 */
final class RegisterNames {
  private static final String[] ABI = {
    "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4",
    "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4",
    "t5", "t6"
  };

  private static final String[] FLOAT_ABI = {
    "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7", "fs0", "fs1", "fa0", "fa1", "fa2",
    "fa3", "fa4", "fa5", "fa6", "fa7", "fs2", "fs3", "fs4", "fs5", "fs6", "fs7", "fs8", "fs9",
    "fs10", "fs11", "ft8", "ft9", "ft10", "ft11"
  };

  /** Among the integer registers' numbers: the program counter. */
  private static final int PC = 32;

  /** From here on: floating-point registers. */
  private static final int FLOAT = 33;

  private static final int MODE = FLOAT + 32;
  private static final int VIRTUAL = MODE + 1;

  /** From here on: CSRs. */
  private static final int CSR = 0x1000;

  private static final Map<String, Integer> NUMBERS = new HashMap<>();

  static {
    for (int i = 0; i < ABI.length; i++) {
      NUMBERS.put(ABI[i], i);
      NUMBERS.put("x" + i, i);
    }
    NUMBERS.put("fp", 8);
    NUMBERS.put("pc", PC);
    for (int i = 0; i < FLOAT_ABI.length; i++) {
      NUMBERS.put("f" + i, FLOAT + i);
      NUMBERS.put(FLOAT_ABI[i], FLOAT + i);
    }
    NUMBERS.put("priv", MODE);
    NUMBERS.put("virt", VIRTUAL);
  }

  private RegisterNames() {}

  static long read(SoftHart hart, String name) {
    int number = number(name);
    if (number >= CSR) {
      return hart.csr(number - CSR);
    }
    return switch (number) {
      case PC -> hart.pc();
      case MODE -> hart.privilege();
      case VIRTUAL -> hart.virtual() ? 1 : 0;
      default -> number < PC ? hart.x(number) : hart.f(number - FLOAT);
    };
  }

  static void write(SoftHart hart, String name, long value) {
    int number = number(name);
    if (number >= CSR) {
      hart.csr(number - CSR, value);
      return;
    }
    switch (number) {
      case PC -> hart.pc(value);
      case MODE -> hart.mode(value, hart.virtual());
      case VIRTUAL -> hart.mode(hart.privilege(), value != 0);
      default -> {
        if (number < PC) {
          hart.x(number, value);
        } else {
          hart.f(number - FLOAT, value);
        }
      }
    }
  }

  private static int number(String name) {
    Integer number = NUMBERS.get(name);
    if (number != null) {
      return number;
    }
    int csr = CsrNumber.number(name);
    if (csr < 0) {
      throw new IllegalArgumentException(
          "no register '%s'; expected pc, x0 to x31, f0 to f31, an ABI name, priv, virt, or a CSR"
              .formatted(name));
    }
    return CSR + csr;
  }
}
