package atoll.debug;

import atoll.isa.CsrNumber;
import atoll.isa.Register;
import java.util.List;
import java.util.Optional;

/**
 * Registers by their numbers in the protocol, which are gdb's own for RISC-V, and the target
 * description that tells of them (GDB manual, "RISC-V Features").
 */
public final class RegisterNumbers {
  /** x0 to x31 and pc: what is sent together. */
  static final int GENERAL = 33;

  static final int PC = 32;

  /** gdb does not take it by its other name. */
  private static final int FP = 8;

  private static final int A0 = 10;

  private static final int FLOAT = 33;
  private static final int CSR = 65;
  private static final int CSRS = 4096;
  private static final int MODE = CSR + CSRS;
  private static final int VIRTUAL = MODE + 1;

  private RegisterNumbers() {}

  /** The name that a hart knows a register by. */
  static Optional<String> name(long number) {
    if (number < 0 || number > VIRTUAL) {
      return Optional.empty();
    }
    int n = (int) number;
    if (n < PC) {
      return Optional.of("x" + n);
    }
    if (n == PC) {
      return Optional.of("pc");
    }
    if (n < CSR) {
      return Optional.of("f" + (n - FLOAT));
    }
    if (n < MODE) {
      return Optional.of(CsrNumber.name(n - CSR));
    }
    return Optional.of(n == MODE ? "priv" : "virt");
  }

  /**
   * The description for a hart with these CSRs. It says that there is no operating system to gdb:
   * programs are stepped by the hart, and not by breakpoints that Linux's rules predict.
   */
  public static String description(List<Integer> csrs) {
    StringBuilder xml = new StringBuilder();
    xml.append("<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n<target>\n");
    xml.append("<architecture>riscv:rv64</architecture>\n<osabi>none</osabi>\n");
    xml.append("<feature name=\"org.gnu.gdb.riscv.cpu\">\n");
    for (int i = 0; i < PC; i++) {
      register(xml, i == FP ? "fp" : Register.integer(i), i, integerType(i), role(i));
    }
    register(xml, "pc", PC, "code_ptr", role(PC));
    xml.append("</feature>\n<feature name=\"org.gnu.gdb.riscv.fpu\">\n");
    xml.append("<union id=\"riscv_double\"><field name=\"float\" type=\"ieee_single\"/>");
    xml.append("<field name=\"double\" type=\"ieee_double\"/></union>\n");
    for (int i = 0; i < CSR - FLOAT; i++) {
      register(xml, Register.floating(i), FLOAT + i, "riscv_double", " group=\"float\"");
    }
    csrs.stream().filter(RegisterNumbers::ofFloats).forEach(number -> csr(xml, number));
    xml.append("</feature>\n<feature name=\"org.gnu.gdb.riscv.csr\">\n");
    described(csrs).forEach(number -> csr(xml, number));
    xml.append("</feature>\n<feature name=\"org.gnu.gdb.riscv.virtual\">\n");
    register(xml, "priv", MODE, "int", " save-restore=\"no\"");
    register(xml, "virt", VIRTUAL, "int", " save-restore=\"no\"");
    return xml.append("</feature>\n</target>\n").toString();
  }

  /** Those of the CSRs that {@link #description} has in its feature for CSRs, in its order. */
  public static List<Integer> described(List<Integer> csrs) {
    return csrs.stream()
        .filter(number -> !ofFloats(number) && CsrNumber.number(CsrNumber.name(number)) >= 0)
        .toList();
  }

  private static String integerType(int number) {
    return switch (number) {
      case 1 -> "code_ptr"; // ra
      case 2, 3, 4, FP -> "data_ptr"; // sp, gp, tp, fp
      default -> "int";
    };
  }

  /** What lldb takes a register for, by which one that does not know RISC-V can tell; not gdb's. */
  private static String role(int number) {
    String role =
        switch (number) {
          case PC -> "pc";
          case 1 -> "ra";
          case 2 -> "sp";
          case FP -> "fp";
          default -> number >= A0 && number < A0 + 8 ? "arg" + (number - A0 + 1) : "";
        };
    return role.isEmpty() ? "" : " generic=\"" + role + "\"";
  }

  private static boolean ofFloats(int csr) {
    return csr >= CsrNumber.FFLAGS && csr <= CsrNumber.FCSR;
  }

  private static void csr(StringBuilder xml, int number) {
    String name = CsrNumber.name(number);
    if (CsrNumber.number(name) >= 0) {
      String group = ofFloats(number) ? "float" : "csr";
      register(xml, name, CSR + number, "int", " save-restore=\"no\" group=\"" + group + "\"");
    }
  }

  private static void register(
      StringBuilder xml, String name, int number, String type, String more) {
    xml.append(
        "<reg name=\"%s\" bitsize=\"64\" regnum=\"%d\" type=\"%s\"%s/>\n"
            .formatted(name, number, type, more));
  }
}
