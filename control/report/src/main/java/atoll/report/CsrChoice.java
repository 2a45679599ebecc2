package atoll.report;

import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.report.CrashReport.Word;
import atoll.vmm.HartImage;
import atoll.vmm.MachineImage;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The CSRs that tell something in a report: of the modes that are in use. */
final class CsrChoice {
  private static final List<String> MACHINE =
      List.of(
          "mstatus",
          "mcause",
          "mepc",
          "mtval",
          "mtvec",
          "mscratch",
          "mie",
          "mip",
          "medeleg",
          "mideleg");
  private static final List<String> SUPERVISOR =
      List.of("sstatus", "scause", "sepc", "stval", "stvec", "sscratch", "satp", "sie", "sip");
  private static final List<String> GUEST =
      List.of(
          "hstatus", "htval", "hgatp", "vsstatus", "vscause", "vsepc", "vstval", "vstvec", "vsatp");

  private final MachineImage machine;
  private final HartImage hart;
  private final Names names;
  private final Set<Integer> there;

  CsrChoice(MachineImage machine, HartImage hart, Names names) {
    this.machine = machine;
    this.hart = hart;
    this.names = names;
    there = new HashSet<>(hart.csrs());
  }

  /** By name, in the usual order. */
  Map<String, Word> csrs() {
    Map<String, Word> chosen = new LinkedHashMap<>();
    if (machine.machineMode()) {
      add(MACHINE, chosen);
    }
    if (!machine.machineMode() || used("stvec", "scause", "satp")) {
      add(SUPERVISOR, chosen);
    }
    if (hart.virtual() || used("vstvec", "vsatp", "hgatp")) {
      add(GUEST, chosen);
    }
    return chosen;
  }

  private boolean used(String... csrs) {
    for (String csr : csrs) {
      if (exists(csr) && hart.register(csr) != 0) {
        return true;
      }
    }
    return false;
  }

  private boolean exists(String csr) {
    return there.contains(CsrNumber.number(csr));
  }

  private void add(List<String> csrs, Map<String, Word> chosen) {
    csrs.stream().filter(this::exists).forEach(csr -> chosen.put(csr, word(csr)));
  }

  private Word word(String csr) {
    long value = hart.register(csr);
    Optional<String> place = csr.endsWith("cause") ? cause(value) : names.at(value);
    return new Word("0x%x".formatted(value), place);
  }

  private static Optional<String> cause(long value) {
    return value == 0 ? Optional.empty() : Optional.of(Cause.name(value));
  }
}
