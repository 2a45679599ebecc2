package atoll.engine.hart;

import atoll.isa.CsrNumber;
import java.util.HashMap;
import java.util.Map;

/** Registers by the names that debuggers and reports use: pc, integer, floating-point and CSRs. */
final class RegisterNames {
  private static final String[] ABI = {
    "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4",
    "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4",
    "t5", "t6"
  };

  /** Among the integer registers' numbers: the program counter. */
  private static final int PC = 32;

  /** From here on: floating-point registers. */
  private static final int FLOAT = 33;

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
    for (int i = 0; i < 32; i++) {
      NUMBERS.put("f" + i, FLOAT + i);
    }
  }

  private RegisterNames() {}

  static long read(SoftHart hart, String name) {
    int number = number(name);
    if (number >= CSR) {
      return hart.csr(number - CSR);
    }
    return number < PC ? hart.x(number) : number == PC ? hart.pc() : hart.f(number - FLOAT);
  }

  static void write(SoftHart hart, String name, long value) {
    int number = number(name);
    if (number >= CSR) {
      hart.csr(number - CSR, value);
    } else if (number < PC) {
      hart.x(number, value);
    } else if (number == PC) {
      hart.pc(value);
    } else {
      hart.f(number - FLOAT, value);
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
          "no register '%s'; expected pc, x0 to x31, an ABI name, f0 to f31, or a CSR"
              .formatted(name));
    }
    return CSR + csr;
  }
}
