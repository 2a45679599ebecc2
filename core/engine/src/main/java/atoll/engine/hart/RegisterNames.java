package atoll.engine.hart;

import atoll.isa.CsrNumber;
import atoll.isa.Register;
import java.util.HashMap;
import java.util.Map;

/**
 * Registers by the names that debuggers and reports use: pc, integer, floating-point, CSRs, and
 * {@code priv} and {@code virt} for the mode.
 */
final class RegisterNames {
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
    for (int i = 0; i < 32; i++) {
      NUMBERS.put(Register.integer(i), i);
      NUMBERS.put("x" + i, i);
      NUMBERS.put(Register.floating(i), FLOAT + i);
      NUMBERS.put("f" + i, FLOAT + i);
    }
    NUMBERS.put("fp", 8);
    NUMBERS.put("pc", PC);
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
