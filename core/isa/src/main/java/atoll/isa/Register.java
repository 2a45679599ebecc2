package atoll.isa;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Register numbers by their names in the calling convention (RISC-V ABIs, chapter 1). */
public final class Register {
  public static final int ZERO = 0;
  public static final int RA = 1;
  public static final int SP = 2;
  public static final int GP = 3;
  public static final int TP = 4;
  public static final int T0 = 5;
  public static final int T1 = 6;
  public static final int T2 = 7;
  public static final int S0 = 8;
  public static final int S1 = 9;
  public static final int A0 = 10;
  public static final int A1 = 11;
  public static final int A2 = 12;
  public static final int A3 = 13;
  public static final int A4 = 14;
  public static final int A5 = 15;
  public static final int A6 = 16;
  public static final int A7 = 17;
  public static final int S2 = 18;
  public static final int S3 = 19;
  public static final int S4 = 20;
  public static final int S5 = 21;
  public static final int S6 = 22;
  public static final int S7 = 23;
  public static final int S8 = 24;
  public static final int S9 = 25;
  public static final int S10 = 26;
  public static final int S11 = 27;
  public static final int T3 = 28;
  public static final int T4 = 29;
  public static final int T5 = 30;
  public static final int T6 = 31;

  public static final int FT0 = 0;
  public static final int FT1 = 1;
  public static final int FT2 = 2;
  public static final int FT3 = 3;
  public static final int FT4 = 4;
  public static final int FT5 = 5;
  public static final int FT6 = 6;
  public static final int FT7 = 7;
  public static final int FS0 = 8;
  public static final int FS1 = 9;
  public static final int FA0 = 10;
  public static final int FA1 = 11;
  public static final int FA2 = 12;
  public static final int FA3 = 13;
  public static final int FA4 = 14;
  public static final int FA5 = 15;
  public static final int FA6 = 16;
  public static final int FA7 = 17;
  public static final int FS2 = 18;
  public static final int FS3 = 19;
  public static final int FS4 = 20;
  public static final int FS5 = 21;
  public static final int FS6 = 22;
  public static final int FS7 = 23;
  public static final int FS8 = 24;
  public static final int FS9 = 25;
  public static final int FS10 = 26;
  public static final int FS11 = 27;
  public static final int FT8 = 28;
  public static final int FT9 = 29;
  public static final int FT10 = 30;
  public static final int FT11 = 31;

  private static final List<String> INTEGER =
      List.of(
          "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3",
          "a4", "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11",
          "t3", "t4", "t5", "t6");
  private static final List<String> FLOATING =
      List.of(
          "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7", "fs0", "fs1", "fa0", "fa1", "fa2",
          "fa3", "fa4", "fa5", "fa6", "fa7", "fs2", "fs3", "fs4", "fs5", "fs6", "fs7", "fs8", "fs9",
          "fs10", "fs11", "ft8", "ft9", "ft10", "ft11");
  private static final Map<String, Integer> INTEGER_NUMBERS = numbers(INTEGER, "x");
  private static final Map<String, Integer> FLOATING_NUMBERS = numbers(FLOATING, "f");

  private Register() {}

  /** The name of integer register {@code number}: {@code a0} for 10. */
  public static String integer(int number) {
    return INTEGER.get(number);
  }

  /** The name of floating-point register {@code number}: {@code fa0} for 10. */
  public static String floating(int number) {
    return FLOATING.get(number);
  }

  /** The number of the integer register called {@code a0}, {@code x10} or {@code fp}; or -1. */
  public static int integer(String name) {
    return INTEGER_NUMBERS.getOrDefault(name, -1);
  }

  /** The number of the floating-point register called {@code fa0} or {@code f10}; or -1. */
  public static int floating(String name) {
    return FLOATING_NUMBERS.getOrDefault(name, -1);
  }

  private static Map<String, Integer> numbers(List<String> names, String letter) {
    Map<String, Integer> numbers = new HashMap<>();
    for (int i = 0; i < names.size(); i++) {
      numbers.put(names.get(i), i);
      numbers.put(letter + i, i);
    }
    if (letter.equals("x")) {
      numbers.put("fp", S0);
    }
    return Map.copyOf(numbers);
  }
}
