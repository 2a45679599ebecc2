package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.RemoteFence;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a hart keeps of translations of the virtual modes: by ASID and VMID (priv 18.3.2), over
 * switches between guest and hypervisor, until a fence says otherwise.
 */
class GuestFenceTest extends Virtualized {
  private static final long OTHER = FRAME + 4096;

  @BeforeEach
  void makeTheGuest() {
    virtualizeWithPage(3, 3);
    m.x("a0", VA + 8);
  }

  private long load() {
    runGuest(S, "ld a1, 0(a0)");
    return m.x("a1");
  }

  private void hypervisor(String source) {
    clearStatus(MPV);
    m.code(source + "; ebreak").enter(S);
    m.run();
  }

  @Test
  void afterAnyFenceThatCoversItANewMappingIsSeen() {
    String[] fences = {
      "hfence.vvma zero, zero",
      "hfence.vvma a0, zero",
      "hfence.vvma zero, a2",
      "hfence.vvma a0, a2",
      "hfence.gvma zero, zero",
      "hfence.gvma zero, a2",
      "hfence.gvma a3, zero",
      "hfence.gvma a3, a2",
      "hinval.vvma a0, a2",
      "hinval.gvma a3, a2",
    };
    for (String fence : fences) {
      makeTheGuest();
      assertThat(load()).isEqualTo(0x1000);
      if (fence.contains("vvma")) {
        first.map(VA, GUEST_PAGE + 4096, ALL);
        second.map(GUEST_PAGE + 4096, OTHER, GUEST_ALL);
      } else {
        second.map(GUEST_PAGE, OTHER, GUEST_ALL);
      }
      m.x("a2", 1).x("a3", GUEST_PAGE >>> 2); // ASID and VMID are 1
      hypervisor(fence);
      assertThat(load()).as(fence).isEqualTo(0x1001);
    }
  }

  @Test
  void aFenceIsForTheGuestThatHgatpNamesWhetherItTranslatesOrNot() {
    assertThat(load()).isEqualTo(0x1000);
    first.map(VA, GUEST_PAGE + 4096, ALL);
    second.map(GUEST_PAGE + 4096, OTHER, GUEST_ALL);
    m.x("a2", 1L << 44); // as Linux does: the VMID alone
    hypervisor("csrrw a3, hgatp, a2; hfence.vvma zero, zero; csrw hgatp, a3");
    assertThat(load()).isEqualTo(0x1001);
  }

  @Test
  void aRemoteFenceIsForTheGuestThatItNames() {
    RemoteFence.Address page = new RemoteFence.Address(VA, 4096, 1);
    RemoteFence.Address everything = new RemoteFence.Address(0, -1, -1);
    for (RemoteFence fence :
        List.of(
            new RemoteFence.SecondStage(1),
            new RemoteFence.SecondStage(-1),
            new RemoteFence.Guest(1, page),
            new RemoteFence.Guest(1, everything))) {
      makeTheGuest();
      assertThat(load()).isEqualTo(0x1000);
      second.map(GUEST_PAGE, OTHER, GUEST_ALL);
      m.group().postFence(1, fence);
      assertThat(load()).as(fence.toString()).isEqualTo(0x1001);
    }
  }

  @Test
  void theGuestsOwnFenceIsForItsOwnTables() {
    for (String fence : new String[] {"sfence.vma", "sfence.vma a0", "sfence.vma a0, a2"}) {
      makeTheGuest();
      assertThat(load()).isEqualTo(0x1000);
      first.map(VA, GUEST_PAGE + 4096, ALL);
      second.map(GUEST_PAGE + 4096, OTHER, GUEST_ALL);
      m.x("a2", 1);
      runGuest(S, fence + "; ld a1, 0(a0)");
      assertThat(m.x("a1")).as(fence).isEqualTo(0x1001);
    }
  }

  @Test
  void revokedRightsAreGoneAfterTheFence() {
    m.x("a1", 0x0010_0073); // the page goes on with its ebreak
    assertThat(access(WRITE, VA, S)).isEqualTo(Outcome.NOTHING);
    assertThat(access(EXECUTE, VA, S)).isEqualTo(Outcome.NOTHING);
    second.map(GUEST_PAGE, FRAME, PageTables.V | PageTables.R | PageTables.U | PageTables.A);
    hypervisor("hfence.gvma zero, zero");
    assertThat(access(READ, VA, S)).isEqualTo(Outcome.NOTHING);
    assertThat(access(WRITE, VA, S).cause()).isEqualTo(guestPageFault(WRITE));
    assertThat(access(EXECUTE, VA, S).cause()).isEqualTo(guestPageFault(EXECUTE));
  }

  @Test
  void guestsOfDifferentIdentifiersDoNotSeeEachOthersPages() {
    PageTables another = PageTables.secondStage(m.memory(), 3, MachineFixture.TABLES + 0x200000);
    for (long page = 0; page < 0x100; page++) {
      long address = MachineFixture.TABLES + 0x100000 + page * 4096;
      another.map(address - BIAS, address, GUEST_ALL);
    }
    for (long page = 0x40; page < 0x42; page++) {
      long address = MachineFixture.RAM + page * 4096;
      another.map(address - BIAS, address, GUEST_ALL);
    }
    another.map(GUEST_PAGE, OTHER, GUEST_ALL);
    for (int turn = 0; turn < 3; turn++) {
      m.csr(CsrNumber.HGATP, second.satp(1));
      assertThat(load()).isEqualTo(0x1000);
      m.csr(CsrNumber.HGATP, another.satp(2));
      assertThat(load()).isEqualTo(0x1001);
    }
  }

  @Test
  void addressSpacesOfAGuestDoNotSeeEachOthersPages() {
    PageTables another = PageTables.guest(m.memory(), 3, MachineFixture.TABLES + 0x130000, BIAS);
    another.map(SUPERVISOR_CODE, MachineFixture.RAM + 0x40000 - BIAS, ALL);
    another.map(VA, GUEST_PAGE + 4096, ALL);
    second.map(GUEST_PAGE + 4096, OTHER, GUEST_ALL);
    for (int turn = 0; turn < 3; turn++) {
      m.csr(CsrNumber.VSATP, first.satp(1));
      assertThat(load()).isEqualTo(0x1000);
      m.csr(CsrNumber.VSATP, another.satp(2));
      assertThat(load()).isEqualTo(0x1001);
    }
  }

  @Test
  void aGuestAndItsHypervisorDoNotSeeEachOthersPages() {
    PageTables own = new PageTables(m.memory(), 3, MachineFixture.TABLES + 0x300000);
    own.map(VA, OTHER, ALL);
    for (long page : new long[] {MachineFixture.CODE, MachineFixture.SUPERVISOR_TRAP}) {
      own.map(page, page, ALL);
    }
    m.csr(CsrNumber.SATP, own.satp(1)); // the same ASID as the guest's
    for (int turn = 0; turn < 3; turn++) {
      assertThat(load()).isEqualTo(0x1000);
      hypervisor("ld a1, 0(a0)");
      assertThat(m.x("a1")).isEqualTo(0x1001);
    }
  }

  @Test
  void switchesBetweenGuestAndHypervisorForgetNothing() {
    load();
    hypervisor("nop");
    load(); // whatever is missing is there now
    long fills = m.hart().tlbFills();
    for (int turn = 0; turn < 10; turn++) {
      enterGuestAt(S, SUPERVISOR_CODE);
      runGuest();
    }
    // M's code is placed anew each time and so read anew: one page.
    assertThat(m.hart().tlbFills() - fills).isLessThanOrEqualTo(10);
  }

  @Test
  void aFenceForAnotherGuestOrAddressSpaceForgetsNothing() {
    load();
    for (String fence :
        new String[] {"hfence.gvma zero, a2", "hfence.vvma zero, a2", "sfence.vma"}) {
      m.x("a2", 77);
      hypervisor(fence);
      load();
      long walks = m.hart().tableWalks();
      hypervisor(fence);
      load();
      assertThat(m.hart().tableWalks() - walks).as(fence).isLessThanOrEqualTo(walksOfATurn());
    }
  }

  /** Walks that a turn takes because its code is placed anew. */
  private long walksOfATurn() {
    load();
    long walks = m.hart().tableWalks();
    hypervisor("nop");
    load();
    return m.hart().tableWalks() - walks;
  }

  @Test
  void aFenceOfTheHypervisorsOwnIsNotTheGuests() {
    assertThat(load()).isEqualTo(0x1000);
    m.csr(CsrNumber.SATP, 0);
    hypervisor("sfence.vma");
    assertThat(load()).isEqualTo(0x1000);
  }

  @Test
  void aChangeOfTheHypervisorsMxrIsInForceAtOnce() {
    second.map(GUEST_PAGE, FRAME, PageTables.V | PageTables.X | PageTables.U | PageTables.A);
    fence();
    assertThat(access(READ, VA, S).cause()).isEqualTo(guestPageFault(READ));
    setStatus(MXR);
    assertThat(access(READ, VA, S)).isEqualTo(Outcome.NOTHING);
    clearStatus(MXR);
    assertThat(access(READ, VA, S).cause()).isEqualTo(guestPageFault(READ));
  }

  @Test
  void aStoreOfTheGuestIntoItsCodeIsExecuted() {
    first.map(VA, MachineFixture.RAM + 0x40000 - BIAS, ALL);
    fence();
    // The last instruction but one, li a5, 1, becomes li a5, 2 before it is reached.
    m.x("a0", VA).x("a1", 0x0020_0793);
    runGuest(S, "sw a1, 8(a0); fence.i; li a5, 1");
    assertThat(m.x("a5")).isEqualTo(2);
  }
}
