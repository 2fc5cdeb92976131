import de.bwaldvogel.mongo.MongoBackend;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * Speaks the MongoDB wire protocol on 127.0.0.1 for tests on a machine without containers.
 *
 * <p>Arguments: port (0 takes a free one), then optionally a file that keeps the data. Prints
 * {@code listening on <port>} once it accepts connections. SIGTERM writes everything to the file and ends it.
 */
public final class Server {
  /** The driver wants wire version 9 or newer; 13 is that of MongoDB 5.0, whose commands this server comes closest to. */
  private static final class DriverVersion implements MongoVersion {
    @Override
    public List<Integer> getVersionArray() {
      return List.of(5, 0, 0);
    }

    @Override
    public int getWireVersion() {
      return 13;
    }
  }

  public static void main(String[] arguments) {
    H2Backend store = arguments.length > 1 ? new H2Backend(arguments[1]) : H2Backend.inMemory();
    MongoBackend backend = store.version(new DriverVersion());
    MongoServer server = new MongoServer(backend);
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
    server.bind(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])));
    System.out.println("listening on " + server.getLocalAddress().getPort());
    System.out.flush();
  }
}
