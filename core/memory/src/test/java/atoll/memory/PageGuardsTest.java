package atoll.memory;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.HostMemory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PageGuardsTest {
  private static final long RAM = 0x8000_0000L;
  private static final long WINDOW = 0x0600_0000L;
  private static final long PAGE = GuestMemory.PAGE_SIZE;

  private final HostMemory ram = HostMemory.allocate(4 * PAGE);
  private final HostMemory shared = HostMemory.allocate(2 * PAGE);
  private final GuestMemory memory = new GuestMemory(RAM, ram);
  private final PageGuards guards = memory.guards();
  private final List<String> heard = new ArrayList<>();
  private final List<String> forgotten = new ArrayList<>();

  PageGuardsTest() {
    memory.addWindow(WINDOW, shared, true);
    hear(PageGuards.CODE, "code");
    hear(PageGuards.SHADOW, "shadow");
    guards.attach(
        new PageGuards.Writers() {
          @Override
          public void forget(int harts, long hva, int caller) {
            forgotten.add("%x by %x for %d".formatted(hva - ram.address(), harts, caller));
          }

          @Override
          public void forgetAll() {
            forgotten.add("all");
          }
        });
  }

  private void hear(int reason, String name) {
    guards.listen(
        reason,
        (frame, offset, bytes, hart) ->
            heard.add("%s %d+%d:%d by %d".formatted(name, frame, offset, bytes, hart)));
  }

  @AfterEach
  void close() {
    ram.close();
    shared.close();
  }

  @Test
  void aPageWithoutAReasonMayBeCachedAndNobodyHearsOfIt() {
    for (long gpa : new long[] {RAM, RAM + PAGE + 5, WINDOW}) {
      assertThat(guards.stored(gpa, 8, 3)).isTrue();
      assertThat(guards.allowsCachedWrite(gpa, 3)).isTrue();
    }
    assertThat(heard).isEmpty();
  }

  @Test
  void eachReasonsListenerHearsOfAStore() {
    guards.guard(1, PageGuards.CODE);
    assertThat(guards.stored(RAM + PAGE + 16, 4, 2)).isFalse();
    assertThat(heard).containsExactly("code 1+16:4 by 2");
    guards.guard(1, PageGuards.SHADOW);
    assertThat(guards.stored(RAM + PAGE + 16, 4, 2)).isFalse();
    guards.unguard(1, PageGuards.CODE);
    guards.stored(RAM + PAGE, 1, 0);
    assertThat(heard.subList(1, heard.size()))
        .containsExactly("code 1+16:4 by 2", "shadow 1+16:4 by 2", "shadow 1+0:1 by 0");
    guards.unguard(1, PageGuards.SHADOW);
    assertThat(guards.stored(RAM + PAGE, 1, 0)).isTrue();
  }

  @Test
  void bitsThatAWalkSetsConcernNoShadow() {
    guards.guard(0, PageGuards.CODE | PageGuards.SHADOW);
    guards.storedByWalk(RAM + 8, 8, 1);
    assertThat(heard).containsExactly("code 0+8:8 by 1");
  }

  @Test
  void aDevicesWriteIsHeardPageByPage() {
    guards.guard(0, PageGuards.CODE);
    guards.guard(2, PageGuards.CODE);
    memory.write(RAM + PAGE - 4, new byte[(int) PAGE + 8]);
    assertThat(heard).containsExactly("code 0+4092:4 by -1", "code 2+0:4 by -1");
  }

  @Test
  void thoseWhoMayHaveCachedThePageAreMadeToForgetItOnce() {
    guards.stored(RAM + PAGE, 1, 0);
    guards.allowsCachedWrite(RAM + PAGE, 31);
    guards.stored(RAM, 1, 4);
    guards.guard(1, PageGuards.CODE);
    guards.revoke(1, 5);
    guards.revoke(1, 5);
    guards.revokeFromAll(0, 2);
    assertThat(forgotten)
        .containsExactly("1000 by 80000001 for 5", "1000 by 0 for 5", "0 by ffffffff for 2");
  }

  @Test
  void aPageThatIsUnmappedLosesItsReasons() {
    guards.guard(memory.map().frame(WINDOW), PageGuards.CODE);
    memory.remove(WINDOW);
    memory.addWindow(WINDOW, shared, true);
    assertThat(guards.reasons(memory.map().frame(WINDOW))).isZero();
  }
}
