package atoll.server;

import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;

/** Writes lines of JSON into a channel, each as a whole, and bytes behind them. Thread-safe. */
final class LineWriter {
  private final WritableByteChannel channel;
  private final Writer writer;

  LineWriter(WritableByteChannel channel) {
    this.channel = channel;
    writer = new OutputStreamWriter(new Output(), StandardCharsets.UTF_8);
  }

  /** Writes a value as a line, as it is made: a picture is never there twice. */
  synchronized void write(JsonText.Writing value) throws IOException {
    JsonText.write(value, writer);
    writer.write('\n');
    writer.flush();
  }

  /** Writes bytes as they are. */
  synchronized void write(byte[] bytes) throws IOException {
    put(ByteBuffer.wrap(bytes));
  }

  private void put(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      int ignored = channel.write(bytes);
    }
  }

  /** The channel as a stream that holds no lock which a reader of the same channel needs. */
  private final class Output extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      put(ByteBuffer.wrap(new byte[] {(byte) b}));
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      put(ByteBuffer.wrap(bytes, offset, length));
    }
  }
}
