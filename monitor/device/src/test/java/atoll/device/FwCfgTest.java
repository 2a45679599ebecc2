package atoll.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import atoll.host.HostMemory;
import atoll.memory.GuestMemory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FwCfgTest {
  private static final long RAM = 0x8000_0000L;
  private static final int RAM_SIZE = 1 << 20;
  private static final long TARGET = RAM + 0x1_0000;
  private static final int ERROR = 1;
  private static final int READ = 2;
  private static final int SKIP = 4;
  private static final int SELECT = 8;
  private static final int WRITE = 16;
  private static final int DIRECTORY = 0x19;

  /** Leaves work for the test to do. */
  private static final class Queued implements GuestWorkQueue {
    private final Queue<GuestWork> work = new ArrayDeque<>();

    @Override
    public void add(GuestWork added) {
      work.add(added);
    }

    @Override
    public void ready() {}

    @Override
    public Donor donor() {
      return Donor.NONE;
    }

    @Override
    public LongConsumer payer() {
      return nanos -> {};
    }
  }

  private final HostMemory ram = HostMemory.allocate(RAM_SIZE);
  private final GuestMemory memory = new GuestMemory(RAM, ram);
  private final Queued queue = new Queued();
  private final FwCfg device =
      device(List.of(FwCfgFile.of("opt/b", "beta"), FwCfgFile.of("opt/a", "alpha")));
  private long mostUnits;

  private FwCfg device(List<FwCfgFile> files) {
    return new FwCfg(new FwCfgItems(0x1234_5678_9000L, 3, files), memory, queue);
  }

  @AfterEach
  void close() {
    ram.close();
  }

  private void select(int key) {
    device.write(8, 2, Short.reverseBytes((short) key) & 0xffff);
  }

  private String text(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) device.read(0, 1);
    }
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  @Test
  void itsSignatureTellsThatItIsThereAndDoesDma() {
    select(0);
    assertThat(text(5)).isEqualTo("QEMU\0");
    assertThat(device.read(16, 8)).isEqualTo(Long.reverseBytes(0x5145_4d55_2043_4647L));
    assertThat(device.read(20, 4)).isEqualTo(Integer.reverseBytes(0x2043_4647));
    select(1);
    assertThat(device.read(0, 4)).isEqualTo(3);
  }

  @Test
  void numbersAboutTheMachineAreLittleEndian() {
    select(3);
    assertThat(device.read(0, 8)).isEqualTo(0x1234_5678_9000L);
    select(5);
    assertThat(device.read(0, 2)).isEqualTo(3);
    assertThat(device.read(0, 8)).isZero(); // behind the end
  }

  @Test
  void filesHaveADirectoryInTheOrderOfTheirNames() {
    select(DIRECTORY);
    ByteBuffer directory = ByteBuffer.wrap(text(4 + 2 * 64).getBytes(StandardCharsets.ISO_8859_1));
    assertThat(directory.getInt()).isEqualTo(2);
    assertThat(directory.getInt()).isEqualTo(5);
    assertThat(directory.getShort()).isEqualTo((short) 0x20);
    assertThat(directory.getShort()).isZero();
    byte[] name = new byte[56];
    directory.get(name);
    assertThat(new String(name, StandardCharsets.US_ASCII)).startsWith("opt/a\0").endsWith("\0");
    select(0x20);
    assertThat(text(5)).isEqualTo("alpha");
    select(0x4021); // the bit of writers says nothing
    assertThat(text(6)).isEqualTo("beta\0\0");
  }

  @Test
  void whatIsNotThereReadsAsZeroes() {
    for (int key : new int[] {0x22, 0x18, 0x3fff, 0x8000, 0x8020, 0xffff}) {
      select(key);
      assertThat(device.read(0, 8)).isZero();
    }
  }

  @Test
  void registersHaveTheirPlacesAndWidths() {
    assertThat(device.decodes(0, 1, false)).isTrue();
    assertThat(device.decodes(1, 1, false)).isFalse();
    assertThat(device.decodes(8, 2, true)).isTrue();
    assertThat(device.decodes(8, 4, true)).isFalse();
    assertThat(device.decodes(8, 2, false)).isFalse();
    assertThat(device.decodes(16, 8, true)).isTrue();
    assertThat(device.decodes(20, 4, true)).isTrue();
    assertThat(device.decodes(20, 8, true)).isFalse();
    assertThat(device.decodes(22, 2, true)).isFalse();
    select(0);
    device.write(0, 4, -1); // nothing can be written
    assertThat(text(4)).isEqualTo("QEMU");
  }

  /** Describes a transfer at {@code at} and starts it by one write. */
  private int transfer(long at, int control, int length, long target) {
    memory.putInt(at, Integer.reverseBytes(control));
    memory.putInt(at + 4, Integer.reverseBytes(length));
    memory.putLong(at + 8, Long.reverseBytes(target));
    device.write(16, 8, Long.reverseBytes(at));
    work();
    return Integer.reverseBytes(memory.getInt(at));
  }

  private void work() {
    ExitBudget budget = new ExitBudget();
    while (!queue.work.isEmpty()) {
      GuestWork.Progress progress = queue.work.element().step(budget.refill());
      mostUnits = Math.max(mostUnits, budget.used());
      if (progress == GuestWork.Progress.DONE) {
        queue.work.remove();
      }
    }
  }

  private String inMemory(int length) {
    return new String(memory.read(TARGET, length), StandardCharsets.ISO_8859_1);
  }

  @Test
  void aTransferReadsWhatItSelectsAndZeroesBehindIt() {
    memory.putLong(TARGET, -1);
    assertThat(transfer(RAM, 0x20 << 16 | SELECT | READ, 7, TARGET)).isZero();
    assertThat(inMemory(8)).isEqualTo("alpha\0\0\u00ff");
  }

  @Test
  void skipsAndReadsGoOnWhereTheLastOneEnded() {
    assertThat(transfer(RAM, 0x20 << 16 | SELECT | SKIP, 2, 0)).isZero();
    assertThat(transfer(RAM, READ, 2, TARGET)).isZero();
    assertThat(inMemory(2)).isEqualTo("ph");
    assertThat(device.read(0, 1)).isEqualTo('a');
    assertThat(transfer(RAM, SKIP, -1, 0)).isZero();
    assertThat(device.read(0, 8)).isZero();
  }

  @Test
  void anAddressCanBeWrittenInHalves() {
    memory.putInt(RAM + 64, Integer.reverseBytes(0x21 << 16 | SELECT));
    memory.putInt(RAM + 68, 0);
    device.write(16, 4, 0);
    device.write(20, 4, Integer.reverseBytes((int) (RAM + 64)) & 0xffff_ffffL);
    assertThat(memory.getInt(RAM + 64)).isZero();
    assertThat(text(4)).isEqualTo("beta");
  }

  @Test
  void writesAndTransfersOutsideOfMemoryAreErrors() {
    assertThat(transfer(RAM, 0x20 << 16 | SELECT | WRITE, 5, TARGET)).isEqualTo(ERROR);
    for (long target : new long[] {0, 0x1000, RAM + RAM_SIZE, RAM - 1, -1, -8, Long.MIN_VALUE}) {
      assertThat(transfer(RAM, 0x20 << 16 | SELECT | READ, 5, target)).isEqualTo(ERROR);
    }
    assertThat(transfer(RAM, READ | SELECT, 8, RAM + RAM_SIZE - 4)).isEqualTo(ERROR);
    assertThat(transfer(RAM, READ, 0, 0)).isZero();
  }

  @Test
  void aTransferThatIsDescribedNowhereIsNone() {
    select(0x20);
    for (long at : new long[] {0, 0x1000, RAM + RAM_SIZE - 15, -1, Long.MAX_VALUE}) {
      device.write(16, 8, Long.reverseBytes(at));
    }
    assertThat(queue.work).isEmpty();
    assertThat(text(5)).isEqualTo("alpha");
  }

  @Test
  void fourGibibytesAreMovedInStepsUpToTheEndOfMemory() {
    assertThat(transfer(RAM, 0x20 << 16 | SELECT | READ, -1, RAM + 4096)).isEqualTo(ERROR);
    assertThat(memory.read(RAM + 4096, 5)).isEqualTo("alpha".getBytes(StandardCharsets.US_ASCII));
    assertThat(mostUnits).isPositive().isLessThanOrEqualTo(ExitBudget.UNITS + 1_000);
  }

  @Test
  void aSecondTransferDuringOneIsAnError() {
    memory.putInt(RAM, Integer.reverseBytes(0x20 << 16 | SELECT | READ));
    memory.putInt(RAM + 4, Integer.reverseBytes(5));
    memory.putLong(RAM + 8, Long.reverseBytes(TARGET));
    device.write(16, 8, Long.reverseBytes(RAM));
    assertThat(memory.getInt(RAM)).isNotZero(); // under way
    device.write(16, 8, Long.reverseBytes(RAM + 0x100));
    assertThat(Integer.reverseBytes(memory.getInt(RAM + 0x100))).isEqualTo(ERROR);
    work();
    assertThat(memory.getInt(RAM)).isZero();
    assertThat(inMemory(5)).isEqualTo("alpha");
  }

  @Test
  void aStateGoesOnInTheMiddleOfAnItem() {
    select(0x20);
    assertThat(text(2)).isEqualTo("al");
    FwCfg other = device(List.of(FwCfgFile.of("opt/a", "alpha")));
    other.restore(device.state());
    assertThat(other.read(0, 1)).isEqualTo('p');
    assertThatIllegalArgumentException()
        .isThrownBy(() -> other.restore(new FwCfg.State(0x20, 6, 0)))
        .withMessageContaining("position 6 is not in its item of 5 bytes");
  }

  @Test
  void namesThatFirmwareCannotLookForAreRefused() {
    for (String name : List.of("", "opt/a b", "x".repeat(56), "opt/\u00e4")) {
      assertThatIllegalArgumentException().isThrownBy(() -> FwCfgFile.of(name, ""));
    }
    FwCfgFile file = FwCfgFile.of("x".repeat(55), "");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> device(Collections.nCopies(FwCfgItems.MOST_FILES + 1, file)));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void noSequenceOfAccessesConfusesIt(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      long at = RAM + random.nextInt(64) * 8L;
      memory.putLong(at, random.nextBoolean() ? random.nextLong() : random.nextInt(1 << 8) << 24);
      int size = 1 << random.nextInt(4);
      long offset = random.nextInt(0x18);
      boolean write = random.nextBoolean();
      if (device.decodes(offset, size, write)) {
        if (write) {
          device.write(offset, size, random.nextInt(3) == 0 ? random.nextLong() : swapped(at));
        } else {
          long ignored = device.read(offset, size);
        }
      }
      if (random.nextInt(4) == 0) {
        work();
      }
    }
    work();
    assertThat(mostUnits).isPositive().isLessThanOrEqualTo(ExitBudget.UNITS + 1_000);
    assertThat(transfer(RAM, 0x20 << 16 | SELECT | READ, 5, TARGET)).isZero();
    assertThat(inMemory(5)).isEqualTo("alpha");
  }

  private static long swapped(long at) {
    return Long.reverseBytes(at);
  }
}
