package atoll.manager;

import atoll.debug.RegisterNumbers;
import atoll.engine.MappedRange;
import atoll.host.HostException;
import atoll.image.RefusedException;
import atoll.isa.CsrNumber;
import atoll.report.VmcoreInfo;
import atoll.vmm.HartImage;
import atoll.vmm.MachineImage;
import atoll.vmm.VirtualMachine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A paused machine as an ELF core (System V ABI, chapter 5; the notes are those of Linux for
 * RISC-V), which gdb opens. Its memory is in the file once; pages of zeros are holes. Program
 * headers show it at the virtual addresses that hart 0's tables give it, and then at its
 * guest-physical ones, which debuggers find where no virtual address is in the way.
 */
final class CoreFile {
  private static final int ELF_HEADER = 64;
  private static final int PROGRAM_HEADER = 56;
  private static final int PAGE = 4096;

  /** Bytes that are read and written at once. */
  private static final int PIECE = 1 << 20;

  /** Of mappings, so that there are fewer program headers than an ELF file can count. */
  private static final int MOST_MAPPINGS = 16_384;

  private static final int ET_CORE = 4;
  private static final int EM_RISCV = 243;

  /** Compressed instructions, and double registers for arguments (RISC-V ELF psABI §8.1). */
  private static final int FLAGS = 0x5;

  private static final int PT_LOAD = 1;
  private static final int PT_NOTE = 4;
  private static final int EXECUTE = 1;
  private static final int WRITE = 2;
  private static final int READ = 4;

  private static final int NT_PRSTATUS = 1;
  private static final int NT_PRFPREG = 2;

  // Of gdb (binutils, include/elf/common.h): CSRs in the order of the target description.
  private static final int NT_RISCV_CSR = 0x900;
  private static final int NT_GDB_TDESC = 0xff00_0000;
  private static final int NO_TYPE = 0;

  private static final String CORE = "CORE";
  private static final String GDB = "GDB";
  private static final String LINUX = "VMCOREINFO";

  // struct elf_prstatus of a 64-bit RISC-V: where the thread's number and its registers are.
  private static final int STATUS_BYTES = 376;
  private static final int STATUS_THREAD = 32;
  private static final int STATUS_REGISTERS = 112;

  /** f0 to f31 and fcsr, each in 8 bytes. */
  private static final int FLOAT_BYTES = 264;

  private final VmSupervisor vm;
  private final VirtualMachine life;
  private final MachineImage image;

  /** Memory by address; the values are places in the file. */
  private final Map<MachineImage.Range, Long> places = new LinkedHashMap<>();

  private record Segment(long virtual, long physical, long place, long bytes, int flags) {}

  private CoreFile(VmSupervisor vm, VirtualMachine life) {
    this.vm = vm;
    this.life = life;
    image = life.image();
  }

  /**
   * Writes a file that is there whole or not at all.
   *
   * @throws RefusedException if the machine is not paused, or does not stay so
   * @throws HostException if the file cannot be written
   */
  static void write(VmSupervisor vm, Path file) {
    CoreFile core = new CoreFile(vm, vm.paused("its memory changes"));
    Path next = file.resolveSibling("." + file.getFileName() + ".part");
    try {
      try {
        core.write(next);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(next);
      }
    } catch (ClosedByInterruptException e) {
      throw new RefusedException("the core %s is not written: it was interrupted".formatted(file));
    } catch (IOException e) {
      throw new HostException(
          "the core %s cannot be written: %s; give another file"
              .formatted(file, HostException.reason(e)),
          e);
    }
  }

  private void write(Path file) throws IOException {
    List<byte[]> header = new ArrayList<>();
    vm.whilePaused(life, () -> header.add(header()));
    try (FileChannel out =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      put(out, header.getFirst(), 0, header.getFirst().length, 0);
      long end = 0;
      for (Map.Entry<MachineImage.Range, Long> each : places.entrySet()) {
        copy(out, each.getKey(), each.getValue());
        end = each.getValue() + each.getKey().bytes();
      }
      if (out.size() < end) {
        put(out, new byte[1], 0, 1, end - 1); // the last hole
      }
    }
  }

  private void copy(FileChannel out, MachineImage.Range range, long place) throws IOException {
    byte[][] piece = new byte[1][];
    for (long done = 0; done < range.bytes(); done += piece[0].length) {
      long from = range.physical() + done;
      int length = (int) Math.min(PIECE, range.bytes() - done);
      vm.whilePaused(life, () -> piece[0] = image.read(from, length));
      for (int page = 0; page < length; page += PAGE) {
        if (!empty(piece[0], page)) {
          put(out, piece[0], page, PAGE, place + done + page);
        }
      }
    }
  }

  private static boolean empty(byte[] bytes, int from) {
    for (int i = from; i < from + PAGE; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }

  private static void put(FileChannel out, byte[] bytes, int from, int length, long place)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes, from, length);
    while (buffer.hasRemaining()) {
      out.write(buffer, place + buffer.position() - from);
    }
  }

  // ------------------------------------------------------------ what is in front of the memory

  private byte[] header() {
    byte[] notes = notes();
    List<MachineImage.Range> memory = image.memory();
    List<MappedRange> mappings = image.mappings(MOST_MAPPINGS);
    // How many headers there are decides where the memory is, which they say.
    int count = 1 + segments(memory, mappings).size();
    long place = pages(ELF_HEADER + (long) count * PROGRAM_HEADER + notes.length);
    for (MachineImage.Range range : memory) {
      places.put(range, place);
      place += range.bytes();
    }
    List<Segment> segments = segments(memory, mappings);
    ByteBuffer out =
        ByteBuffer.allocate(ELF_HEADER + count * PROGRAM_HEADER + notes.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    elf(out, count);
    long notesAt = ELF_HEADER + (long) count * PROGRAM_HEADER;
    program(out, PT_NOTE, new Segment(0, 0, notesAt, notes.length, READ), 4);
    segments.forEach(segment -> program(out, PT_LOAD, segment, PAGE));
    return out.put(notes).array();
  }

  private static long pages(long bytes) {
    return bytes + PAGE - 1 & -PAGE;
  }

  private static void elf(ByteBuffer out, int programHeaders) {
    out.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).position(16);
    out.putShort((short) ET_CORE).putShort((short) EM_RISCV).putInt(1);
    out.putLong(0).putLong(ELF_HEADER).putLong(0).putInt(FLAGS);
    out.putShort((short) ELF_HEADER).putShort((short) PROGRAM_HEADER);
    out.putShort((short) programHeaders)
        .putShort((short) 0)
        .putShort((short) 0)
        .putShort((short) 0);
  }

  private static void program(ByteBuffer out, int type, Segment segment, int align) {
    out.putInt(type).putInt(segment.flags()).putLong(segment.place());
    out.putLong(segment.virtual()).putLong(segment.physical());
    out.putLong(segment.bytes()).putLong(type == PT_NOTE ? 0 : segment.bytes()).putLong(align);
  }

  /** Where the memory is seen: by virtual addresses first, since the first is what gdb takes. */
  private List<Segment> segments(List<MachineImage.Range> memory, List<MappedRange> mappings) {
    List<Segment> segments = new ArrayList<>();
    for (MappedRange mapping : mappings) {
      if (mapping.virtual() != mapping.physical()) {
        memory.forEach(range -> seen(mapping, range, segments));
      }
    }
    for (MachineImage.Range range : memory) {
      segments.add(
          new Segment(
              range.physical(),
              range.physical(),
              places.getOrDefault(range, 0L),
              range.bytes(),
              READ | WRITE | EXECUTE));
    }
    return segments;
  }

  /** What a mapping shows of a part of the memory, if anything. */
  private void seen(MappedRange mapping, MachineImage.Range range, List<Segment> segments) {
    long from = Math.max(mapping.physical(), range.physical());
    long until = Math.min(mapping.physical() + mapping.bytes(), range.physical() + range.bytes());
    if (from < until) {
      segments.add(
          new Segment(
              mapping.virtual() + from - mapping.physical(),
              from,
              places.getOrDefault(range, 0L) + from - range.physical(),
              until - from,
              rights(mapping.flags())));
    }
  }

  /** Of an entry's bits R, W and X (priv §12.3.1). */
  private static int rights(int entry) {
    return ((entry & 2) != 0 ? READ : 0)
        | ((entry & 4) != 0 ? WRITE : 0)
        | ((entry & 8) != 0 ? EXECUTE : 0);
  }

  // ------------------------------------------------------------ notes

  private byte[] notes() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (HartImage hart : image.harts()) {
      note(out, CORE, NT_PRSTATUS, status(hart));
      note(out, CORE, NT_PRFPREG, floats(hart));
      note(out, GDB, NT_RISCV_CSR, csrs(hart));
    }
    String description = RegisterNumbers.description(image.harts().getFirst().csrs());
    note(out, GDB, NT_GDB_TDESC, description.getBytes(StandardCharsets.US_ASCII));
    VmcoreInfo.find(image)
        .ifPresent(text -> note(out, LINUX, NO_TYPE, text.getBytes(StandardCharsets.ISO_8859_1)));
    return out.toByteArray();
  }

  private static byte[] status(HartImage hart) {
    byte[] status = new byte[STATUS_BYTES];
    ByteBuffer words = words(status);
    words.putInt(STATUS_THREAD, hart.number() + 1); // gdb knows no thread 0
    words.position(STATUS_REGISTERS).putLong(hart.register("pc"));
    for (int i = 1; i < 32; i++) {
      words.putLong(hart.register("x" + i));
    }
    return status;
  }

  private static byte[] floats(HartImage hart) {
    byte[] floats = new byte[FLOAT_BYTES];
    ByteBuffer words = words(floats);
    for (int i = 0; i < 32; i++) {
      words.putLong(hart.register("f" + i));
    }
    words.putLong(hart.register("fcsr"));
    return floats;
  }

  private static byte[] csrs(HartImage hart) {
    List<Integer> numbers = RegisterNumbers.described(hart.csrs());
    byte[] values = new byte[numbers.size() * Long.BYTES];
    ByteBuffer words = words(values);
    numbers.forEach(number -> words.putLong(hart.register(CsrNumber.name(number))));
    return values;
  }

  private static ByteBuffer words(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A note: who has it, what it is, and its content, each of the two at a multiple of 4 bytes. */
  private static void note(ByteArrayOutputStream out, String owner, int type, byte[] content) {
    byte[] name = (owner + '\0').getBytes(StandardCharsets.US_ASCII);
    byte[] head = new byte[3 * Integer.BYTES];
    words(head).putInt(name.length).putInt(content.length).putInt(type);
    out.writeBytes(head);
    out.writeBytes(Arrays.copyOf(name, name.length + 3 & -4));
    out.writeBytes(Arrays.copyOf(content, content.length + 3 & -4));
  }
}
