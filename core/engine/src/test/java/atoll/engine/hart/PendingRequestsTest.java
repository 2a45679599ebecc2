package atoll.engine.hart;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.MmuKind;
import atoll.engine.Paging;
import atoll.engine.PostedFence;
import atoll.engine.RemoteFence;
import atoll.engine.mmu.Tlb;
import atoll.engine.software.Interpreter;
import atoll.host.Clock;
import atoll.host.HostMemory;
import atoll.memory.GuestMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What others ask of a hart that does not run takes a few places, and is done when it runs. */
class PendingRequestsTest {
  private static final int TIMES = 1_000_000;
  private static final long RAM = 0x8000_0000L;

  /** {@code j .} */
  private static final int LOOP = 0x0000_006f;

  private final HostMemory host = HostMemory.allocate(1 << 20);
  private final GuestMemory memory = new GuestMemory(RAM, host);
  private final SoftHartGroup group =
      new SoftHartGroup(memory, Clock.host(), 3, new Interpreter(), MmuKind.FOLDED, Paging.SV57);
  private final SoftHart hart = group.client(1);

  @AfterEach
  void giveBack() {
    group.close();
    host.close();
  }

  private static RemoteFence someFence(SplittableRandom random) {
    var range = new RemoteFence.Address(random.nextLong(), random.nextLong(100_000), asid(random));
    return switch (random.nextInt(4)) {
      case 0 -> new RemoteFence.Instruction();
      case 1 -> range;
      case 2 -> new RemoteFence.Guest(random.nextInt(1 << 14), range);
      default -> new RemoteFence.SecondStage(random.nextInt(1 << 14));
    };
  }

  private static int asid(SplittableRandom random) {
    return random.nextInt(1 << 16) - 1;
  }

  @Test
  void aMillionFencesTakeEightPlacesAndThenAreOneOfEverything() {
    var random = new SplittableRandom(1);
    PendingFences fences = new PendingFences();
    for (int i = 0; i < TIMES; i++) {
      fences.add(someFence(random));
      assertThat(fences.count()).isLessThanOrEqualTo(PendingFences.MOST);
    }
    assertThat(fences.take()).isTrue();
    assertThat(fences.isEmpty()).isTrue();
    assertThat(fences.take()).isFalse();
  }

  @Test
  void aFenceThatIsThereAlreadyIsNotAddedAgain() {
    PendingFences fences = new PendingFences();
    for (int i = 0; i < TIMES; i++) {
      fences.add(new RemoteFence.Address(0x1000, 4096, 7));
      fences.add(new RemoteFence.Address(0x1000, 4096, 8));
      fences.add(new RemoteFence.Guest(7, new RemoteFence.Address(0x1000, 4096, 7)));
      fences.add(new RemoteFence.SecondStage(7));
    }
    assertThat(fences.count()).isEqualTo(4);
    fences.add(new RemoteFence.Address(0, -1, -1));
    fences.add(new RemoteFence.Address(0x5000, 4096, 9)); // all of the space is fenced anyway
    assertThat(fences.count()).isEqualTo(5);
  }

  @Test
  void aFenceOfOneSpaceDoesNotStandForAnother() {
    PendingFences fences = new PendingFences();
    fences.add(new RemoteFence.Address(0, -1, 7));
    fences.add(new RemoteFence.Address(0, -1, 8));
    fences.add(new RemoteFence.Address(0x1000, 4096, -1));
    fences.add(new RemoteFence.Address(0x1000, 8192, -1));
    fences.add(new RemoteFence.Guest(1, new RemoteFence.Address(0, -1, 7)));
    fences.add(new RemoteFence.Guest(2, new RemoteFence.Address(0, -1, 7)));
    fences.add(new RemoteFence.SecondStage(1));
    assertThat(fences.count()).isEqualTo(7);
  }

  @Test
  void fencesToAHartThatNeverRanAreDoneAtItsFirstEntry() {
    memory.putInt(RAM, LOOP);
    PostedFence last = null;
    var random = new SplittableRandom(2);
    for (int i = 0; i < TIMES; i++) {
      last = group.postFence(-1, someFence(random));
      assertThat(last.arrived()).isTrue(); // before its next instruction it will have done them
    }
    for (int id = 0; id < group.harts().size(); id++) {
      SoftHart each = group.client(id);
      assertThat(each.rendezvous().pending()).isTrue();
      each.enterMachine(RAM, 0, 0);
      int turns = 0;
      while (each.instructions() == 0) {
        each.run(1);
        assertThat(++turns).isLessThan(20);
      }
      assertThat(each.rendezvous().pending()).isFalse();
      assertThat(each.mmu.counters.flushes).isLessThan(10 * RemoteFence.Address.MOST_PAGES);
    }
  }

  @Test
  void noInstructionIsExecutedBeforeAllThatWasAskedIsDone() {
    memory.putInt(RAM, LOOP);
    hart.enterMachine(RAM, 0, 0);
    for (int i = 0; i < PendingFences.MOST; i++) { // each takes a turn
      group.postFence(2, new RemoteFence.Address(i << 20, 64 * 4096, -1));
    }
    int turns = 0;
    while (hart.rendezvous().pending()) {
      assertThat(hart.instructions()).isZero();
      hart.run(100);
      turns++;
    }
    assertThat(turns).isGreaterThan(1);
  }

  @Test
  void pagesToBeForgottenTakeEightPlacesAndThenAreAll() {
    PendingWrites writes = new PendingWrites();
    for (int i = 0; i < TIMES; i++) {
      writes.add(i % 7 * 4096L);
    }
    assertThat(writes.count()).isEqualTo(7);
    for (int i = 0; i < TIMES; i++) {
      writes.add(i * 4096L);
      assertThat(writes.count()).isLessThanOrEqualTo(PendingWrites.MOST);
    }
    writes.take();
    assertThat(writes.isEmpty()).isTrue();
  }

  @Test
  void manyThreadsThatAskAtOnceLoseNothing() throws InterruptedException {
    memory.putInt(RAM, LOOP);
    hart.enterMachine(RAM, 0, 0);
    AtomicInteger working = new AtomicInteger(4);
    List<Thread> threads = new ArrayList<>();
    for (int n = 0; n < 4; n++) {
      var random = new SplittableRandom(n);
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int i = 0; i < 50_000; i++) {
                  PostedFence fence = group.postFence(2, someFence(random));
                  hart.rendezvous().forgetWrites(random.nextLong() & Tlb.PAGE_MASK);
                  while (i % 1000 == 0 && !fence.arrived()) {
                    Thread.onSpinWait();
                  }
                }
                working.decrementAndGet();
              }));
    }
    while (working.get() > 0) {
      hart.run(5000);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    while (hart.rendezvous().pending()) {
      hart.run(1);
    }
  }
}
