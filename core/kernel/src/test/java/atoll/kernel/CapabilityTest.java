package atoll.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.cpu.Exit;
import atoll.host.Clock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CapabilityTest {
  private final Microkernel kernel = Microkernel.dedicated(Clock.host(), 1);
  private final SystemCalls calls = kernel.createDomain("a", (domain, reason, cause) -> {});
  private final SystemCalls other = kernel.createDomain("b", (domain, reason, cause) -> {});

  @AfterEach
  void close() throws Exception {
    calls.close();
    other.close();
    kernel.close();
  }

  @Test
  void emptyForeignAndOutOfRangeSlotsAreBadCapabilities() {
    Board.require(calls.createSemaphore(5, "bell", 0));
    assertThat(calls.up(6)).isEqualTo(Status.BAD_CAPABILITY);
    assertThat(calls.up(-1)).isEqualTo(Status.BAD_CAPABILITY);
    assertThat(calls.up(256)).isEqualTo(Status.BAD_CAPABILITY);
    assertThat(calls.start(5, () -> {})).isEqualTo(Status.BAD_CAPABILITY);
    assertThat(other.up(5)).isEqualTo(Status.BAD_CAPABILITY);
  }

  @Test
  void occupiedSlotIsNotOverwritten() {
    Board.require(calls.createSemaphore(5, "bell", 0));
    assertThat(calls.createSemaphore(5, "again", 0)).isEqualTo(Status.BAD_PARAMETER);
    assertThat(calls.createVcpu(5, new FakeCpu())).isEqualTo(Status.BAD_PARAMETER);
    assertThat(calls.domain().vcpus()).isEmpty();
  }

  @Test
  void delegatedCapabilityCarriesNoMoreThanWasGiven() throws Exception {
    Board.require(calls.createSemaphore(5, "bell", 1));
    Board.require(calls.delegate(5, other, 7, Permission.WAIT));
    assertThat(other.up(7)).isEqualTo(Status.NO_PERMISSION);
    assertThat(other.down(7, 0)).isEqualTo(Status.OK);
    assertThat(other.delegate(7, calls, 8, Permission.WAIT)).isEqualTo(Status.NO_PERMISSION);
  }

  @Test
  void domainItselfCannotBeHandedOnOrRevoked() {
    assertThat(calls.delegate(SystemCalls.SELF, other, 7, Permission.ALL))
        .isEqualTo(Status.NO_PERMISSION);
    assertThat(calls.revoke(SystemCalls.SELF)).isEqualTo(Status.BAD_PARAMETER);
  }

  @Test
  void revokedSlotIsEmpty() {
    Board.require(calls.createSemaphore(5, "bell", 0));
    Board.require(calls.revoke(5));
    assertThat(calls.up(5)).isEqualTo(Status.BAD_CAPABILITY);
  }

  @Test
  void semaphoreWaitEndsByTimeoutOrByTheEndOfItsDomain() throws Exception {
    Board.require(calls.createSemaphore(5, "bell", 0));
    Board.require(calls.delegate(5, other, 7, Permission.WAIT));
    assertThat(other.down(7, 1_000)).isEqualTo(Status.TIMEOUT);
    calls.close();
    assertThat(other.down(7, Long.MAX_VALUE)).isEqualTo(Status.ABORTED);
  }

  @Test
  void portalIsBoundToARealReasonOnly() {
    Board.require(calls.createPortal(5, "portal", (vcpu, exit) -> {}));
    assertThat(calls.bindPortal(Exit.REASONS, 5)).isEqualTo(Status.BAD_PARAMETER);
    assertThat(calls.bindPortal(Exit.HYPERCALL, 6)).isEqualTo(Status.BAD_CAPABILITY);
  }

  @Test
  void unknownPermissionBitsAreRefused() {
    assertThatThrownBy(() -> new Capability(calls.domain(), 1 << 9)).hasMessageContaining("0x200");
    assertThat(calls.delegate(SystemCalls.SELF, other, 7, 1 << 9)).isEqualTo(Status.BAD_PARAMETER);
  }
}
