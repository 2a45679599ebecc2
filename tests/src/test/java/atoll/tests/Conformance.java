package atoll.tests;

import atoll.engine.Engine;
import atoll.engine.MmuKind;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.Trap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every test of the architecture has: a bare machine on each engine. A subclass states what
 * the specification says, in assembly, and cites the paragraph.
 */
@ParameterizedClass
@MethodSource("atoll.testkit.Engines#all")
abstract class Conformance {
  static final int U = 0;
  static final int S = 1;
  static final int M = 3;

  @Parameter Engine engine;

  /** A fresh machine in M mode. */
  MachineFixture m;

  @BeforeEach
  void makeTheMachine() {
    m = new MachineFixture(engine, 1, mmu(), memory -> {});
  }

  /** How addresses are translated. */
  MmuKind mmu() {
    return MmuKind.FOLDED;
  }

  @AfterEach
  void closeTheMachine() {
    m.close();
  }

  /** Runs {@code source} in a mode to its first trap; {@code ebreak} follows it. */
  Trap runIn(int privilege, String source) {
    m.code(source + "\n ebreak");
    if (privilege != M) {
      m.enter(privilege);
    }
    return m.run();
  }

  void setStatus(long bits) {
    m.csr(CsrNumber.MSTATUS, m.csr(CsrNumber.MSTATUS) | bits);
  }

  void clearStatus(long bits) {
    m.csr(CsrNumber.MSTATUS, m.csr(CsrNumber.MSTATUS) & ~bits);
  }
}
