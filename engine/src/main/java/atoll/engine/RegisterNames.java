package atoll.engine;

import java.util.HashMap;
import java.util.Map;

/** Registers by the names that debuggers and reports use. */
final class RegisterNames {
  private static final String[] ABI = {
    "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4",
    "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4",
    "t5", "t6"
  };
  private static final Map<String, Integer> INTEGER = new HashMap<>();

  static {
    for (int i = 0; i < ABI.length; i++) {
      INTEGER.put(ABI[i], i);
      INTEGER.put("x" + i, i);
    }
    INTEGER.put("fp", 8);
  }

  private RegisterNames() {}

  static long read(Hart hart, String name) {
    Integer number = INTEGER.get(name);
    if (number != null) {
      return hart.x(number);
    }
    if (name.equals("pc")) {
      return hart.pc();
    }
    if (name.matches("f([12]?[0-9]|3[01])")) {
      return hart.f(Integer.parseInt(name.substring(1)));
    }
    throw new IllegalArgumentException(
        "no register '" + name + "'; expected pc, x0 to x31, an ABI name, or f0 to f31");
  }
}
