package atoll.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import atoll.device.spi.BlockBackend;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CfiFlashTest {
  private static final int BLOCK = 0x4_0000;
  private static final long NOWHERE = 0x10_0000;
  private static final int READY = 0x0080_0080;

  /** A file in memory, which notes in what order it is used. */
  private static final class Memory implements BlockBackend {
    private final byte[] bytes = new byte[(int) CfiFlash.SIZE];
    private final StringBuilder log = new StringBuilder();
    private boolean readOnly;
    private boolean broken;

    @Override
    public long size() {
      return bytes.length;
    }

    @Override
    public boolean readOnly() {
      return readOnly;
    }

    @Override
    public void read(long offset, MemorySegment into) {
      into.copyFrom(MemorySegment.ofArray(bytes).asSlice(offset, into.byteSize()));
    }

    @Override
    public void write(long offset, MemorySegment from) throws IOException {
      if (broken) {
        throw new IOException("no space left on device");
      }
      log.append("w%x+%x ".formatted(offset, from.byteSize()));
      MemorySegment.ofArray(bytes).asSlice(offset, from.byteSize()).copyFrom(from);
    }

    @Override
    public void flush() {
      log.append("f ");
    }

    @Override
    public void discard(long offset, long length) {}

    @Override
    public void writeZeroes(long offset, long length, boolean mayUnmap) {}

    @Override
    public String serial() {
      return "vars";
    }

    @Override
    public void close() {}
  }

  private final Memory file = new Memory();
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private CfiFlash flash = flash(Runnable::run);

  private CfiFlash flash(Executor thread) {
    try {
      LongConsumer nobody = nanos -> {};
      return new CfiFlash(file, thread, () -> nobody);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @AfterEach
  void close() {
    flash.close();
  }

  private void use(Executor thread) {
    flash.close();
    flash = flash(thread);
  }

  private void write(long offset, int value) {
    assertThat(flash.decodes(offset, 4, true)).isTrue();
    flash.write(offset, 4, value & 0xffff_ffffL);
  }

  private int read(long offset) {
    assertThat(flash.decodes(offset, 4, false)).isTrue();
    return (int) flash.read(offset, 4);
  }

  private void command(long offset, int code) {
    write(offset, code | code << 16);
  }

  private int status() {
    command(NOWHERE, 0x70);
    return read(NOWHERE);
  }

  private void erase(long offset) {
    command(offset, 0x20);
    command(offset, 0xd0);
  }

  private void program(long offset, int word) {
    command(offset, 0x40);
    write(offset, word);
  }

  @Test
  void theArrayIsWhatTheFileHas() {
    file.bytes[5] = 1;
    file.bytes[6] = 2;
    use(Runnable::run);
    assertThat(flash.read(5, 1)).isEqualTo(1);
    assertThat(flash.read(5, 2)).isEqualTo(0x201);
    assertThat(flash.read(4, 4)).isEqualTo(0x20100);
    assertThat(flash.read(0, 8)).isEqualTo(0x0002_0100_0000_0000L);
    assertThat(flash.read(CfiFlash.SIZE - 8, 8)).isZero();
  }

  @Test
  void aDriverFindsTwoChipsOf16MebibytesWithIntelsCommands() {
    command(0x55 * 4, 0x98);
    assertThat(read(0x10 * 4)).isEqualTo('Q' | 'Q' << 16);
    assertThat(read(0x11 * 4)).isEqualTo('R' | 'R' << 16);
    assertThat(flash.read(0x12 * 4, 1)).isEqualTo('Y');
    assertThat(flash.read(0x12 * 4 + 2, 2)).isEqualTo('Y');
    assertThat(flash.read(0x12 * 4, 8)).isEqualTo(0x0059_0059_0059_0059L);
    assertThat(read(0x13 * 4)).isEqualTo(0x1_0001); // Intel's extended command set
    assertThat(read(0x27 * 4)).isEqualTo(24 << 16 | 24); // 2^24 bytes
    assertThat(read(0x2d * 4) & 0xff).isEqualTo(127); // blocks less one
    assertThat(read(0x30 * 4) & 0xff).isEqualTo(2); // of 0x200 times 256 bytes
    assertThat(read(CfiFlash.SIZE - 4)).isZero();
    command(0, 0x90);
    assertThat(read(0)).isEqualTo(0x89_0089);
    assertThat(read(4)).isEqualTo(0x18_0018);
    assertThat(read(BLOCK + 8)).isZero(); // not locked
    command(0, 0xff);
    assertThat(read(0)).isZero();
  }

  @Test
  void anErasureSetsAllBitsOfABlockAndOfNoOther() {
    erase(BLOCK + 0x1234 * 4);
    assertThat(status()).isEqualTo(READY);
    command(0, 0xff);
    assertThat(read(BLOCK - 4)).isZero();
    assertThat(read(BLOCK)).isEqualTo(-1);
    assertThat(read(2 * BLOCK - 4)).isEqualTo(-1);
    assertThat(read(2 * BLOCK)).isZero();
    assertThat(file.bytes[BLOCK]).isEqualTo((byte) 0xff);
    assertThat(file.log).hasToString("w40000+40000 f ");
  }

  @Test
  void programmingClearsBitsAndSetsNone() {
    erase(0);
    program(8, 0x1234_5678);
    program(8, 0xffff_00ff);
    command(8, 0x10);
    flash.write(14, 2, 0xabcd);
    assertThat(status()).isEqualTo(READY);
    command(0, 0xff);
    assertThat(read(8)).isEqualTo(0x1234_0078);
    assertThat(read(12)).isEqualTo(0xabcd_ffff);
    assertThat(file.log.toString()).endsWith("w8+4 f w8+4 f we+2 f ");
  }

  private void buffered(long offset, int count, int... words) {
    command(offset, 0xe8);
    assertThat(read(offset) & 0x80).isEqualTo(0x80);
    command(offset, count);
    for (int i = 0; i < words.length; i++) {
      write(offset + 4L * i, words[i]);
    }
  }

  @Test
  void aBufferIsProgrammedInOneWrite() {
    erase(0);
    buffered(0x100, 2, 0x11, 0x22, 0x33);
    command(0x100, 0xd0);
    assertThat(status()).isEqualTo(READY);
    command(0, 0xff);
    assertThat(read(0x100)).isEqualTo(0x11);
    assertThat(read(0x108)).isEqualTo(0x33);
    assertThat(read(0x10c)).isEqualTo(-1);
    assertThat(file.log.toString()).endsWith("w100+c f ");
  }

  @Test
  void whatIsNotConfirmedIsNotDoneAndIsAnErrorUntilItIsCleared() {
    command(0, 0x20);
    command(0, 0x00);
    assertThat(status()).isEqualTo(0xb0_00b0);
    command(0, 0x50);
    assertThat(status()).isEqualTo(READY);
    buffered(0, 0, 0x11);
    command(0, 0xff);
    assertThat(status()).isEqualTo(0xb0_00b0);
    assertThat(file.log).isEmpty();
  }

  @Test
  void aBufferThatIsTooLongOrForTwoPlacesIsRefused() {
    buffered(0, 1024);
    command(0, 0xd0);
    assertThat(status()).isEqualTo(0xb0_00b0);
    command(0, 0x50);
    buffered(0x2000, 1, 0x11);
    write(0x4000, 0x22);
    command(0, 0xd0);
    assertThat(status()).isEqualTo(0xb0_00b0);
    assertThat(file.log).isEmpty();
  }

  @Test
  void locksOfBlocksAreTakenAndChangeNothing() {
    command(0, 0x60);
    command(0, 0x01);
    erase(0);
    assertThat(status()).isEqualTo(READY);
    assertThat(file.bytes[0]).isEqualTo((byte) 0xff);
  }

  @Test
  void chipsAreBusyUntilTheFileIsFlushedAndTakeNoCommands() {
    use(waiting::add);
    erase(0);
    assertThat(read(0)).isZero();
    command(0, 0xff);
    assertThat(read(0)).isZero(); // still the status
    waiting.remove().run();
    assertThat(read(0)).isEqualTo(READY);
    command(0, 0xff);
    assertThat(read(0)).isEqualTo(-1);
    flash.settle();
  }

  @Test
  void aFileThatCannotBeWrittenIsAnErrorOfTheChips() {
    file.broken = true;
    erase(0);
    assertThat(status()).isEqualTo(0xa0_00a0);
    command(0, 0x50);
    program(0, 1);
    assertThat(status()).isEqualTo(0x90_0090);
    command(0, 0xff);
    assertThat(read(0)).isZero();
    file.broken = false;
    command(0, 0x50);
    erase(0);
    assertThat(status()).isEqualTo(READY);
  }

  @Test
  void aHostWithoutThreadsIsAnErrorOfTheChipsToo() {
    use(task -> {
      throw new RejectedExecutionException();
    });
    erase(0);
    assertThat(status()).isEqualTo(0xa0_00a0);
  }

  @Test
  void aReadOnlyFileIsAChipWithLockedBlocks() {
    file.readOnly = true;
    program(0, 1);
    assertThat(status()).isEqualTo(0x92_0092);
    assertThat(file.log).isEmpty();
  }

  @Test
  void commandsAreOfWholeWordsAtTheirPlaces() {
    assertThat(flash.decodes(1, 4, false)).isTrue(); // the array is memory
    assertThat(flash.decodes(1, 4, true)).isFalse();
    command(0, 0x70);
    assertThat(flash.decodes(1, 4, false)).isFalse();
  }

  @Test
  void aStateGoesOnInTheMiddleOfABuffer() {
    erase(0);
    buffered(0x200, 1, 0x11);
    CfiFlash.State state = flash.state();
    use(Runnable::run);
    flash.restore(state);
    write(0x204, 0x22);
    command(0x200, 0xd0);
    command(0, 0xff);
    assertThat(flash.read(0x200, 8)).isEqualTo(0x22_0000_0011L);
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            flash.restore(
                new CfiFlash.State(
                    state.shown(),
                    state.awaited(),
                    0,
                    1,
                    CfiFlash.SIZE,
                    true,
                    false,
                    state.buffer())))
        .withMessageContaining("cannot be for 0x2000000");
  }

  /** What a driver may write at random: commands are found often. */
  private static long value(Random random) {
    int[] codes = {
      0x10, 0x20, 0x20, 0x40, 0x50, 0x60, 0x70, 0x90, 0x98, 0xd0, 0xd0, 0xd0, 0xe8, 0xff, 0x01
    };
    return random.nextInt(3) == 0 ? random.nextLong() : codes[random.nextInt(codes.length)];
  }

  /** Whatever is written, the array is what the file has, and bits are set by erasures alone. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void noSequenceOfAccessesConfusesIt(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      int size = 1 << random.nextInt(4);
      long offset = random.nextLong(CfiFlash.SIZE >> (random.nextBoolean() ? 8 : 0));
      boolean write = random.nextBoolean();
      if (flash.decodes(offset, size, write) && offset + size <= CfiFlash.SIZE) {
        if (write) {
          flash.write(offset, size, value(random));
        } else {
          long ignored = flash.read(offset, size);
        }
      }
      if (i % 500 == 0) {
        CfiFlash.State state = flash.state();
        use(Runnable::run);
        flash.restore(state);
      }
    }
    use(Runnable::run);
    byte[] all = new byte[(int) CfiFlash.SIZE];
    for (int at = 0; at < all.length; at += 8) {
      long word = flash.read(at, 8);
      for (int i = 0; word != 0; i++, word >>>= 8) {
        all[at + i] = (byte) word;
      }
    }
    assertThat(Arrays.equals(all, file.bytes)).isTrue();
    assertThat(file.log.toString()).contains("+40000 f ", "+4 f ");
    assertThat(file.log.toString().split(" f ", -1)).allMatch(write -> !write.contains(" "));
  }

  @Test
  void whatFailsOnItsThreadBesideTheFileDoesNotLeaveItBusy() throws IOException {
    List<Throwable> failures = new ArrayList<>();
    LongConsumer failing =
        nanos -> {
          throw new IllegalStateException("no vCPU pays");
        };
    flash.close();
    flash =
        new CfiFlash(
            file,
            task -> {
              try {
                task.run();
              } catch (IllegalStateException e) {
                failures.add(e);
              }
            },
            () -> failing);
    write(0, 0x40);
    write(0, 0x1234_5678);
    flash.settle();
    assertThat(failures).hasSize(1);
    assertThat(read(0) & 0x80).isEqualTo(0x80);
  }
}
