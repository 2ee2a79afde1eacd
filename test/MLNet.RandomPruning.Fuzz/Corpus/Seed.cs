using MLNet.RandomPruning.Tests.Models;

namespace MLNet.RandomPruning.Fuzz.Corpus;

/// <summary>A sound file, of which mutated ones are made.</summary>
internal sealed class Seed
{
    private readonly long[] _honestBytes;

    /// <summary>Reads the file, and measures what that takes.</summary>
    /// <param name="name">What the file is.</param>
    /// <param name="target">What reads it.</param>
    /// <param name="file">Its bytes.</param>
    /// <param name="layers">The names of its network's weight layers in order.</param>
    /// <param name="weight">How often it is taken, against the others.</param>
    public Seed(string name, FuzzTarget target, byte[] file, IReadOnlyList<string> layers, int weight)
    {
        Name = name;
        Target = target;
        File = file;
        Layers = layers;
        Weight = weight;
        Loaded = target.Load(Open(File, oneWay: false));
        _honestBytes = [Measure(target, file, oneWay: false), Measure(target, file, oneWay: true)];
    }

    public string Name { get; }

    public FuzzTarget Target { get; }

    public byte[] File { get; }

    public IReadOnlyList<string> Layers { get; }

    public int Weight { get; }

    /// <summary>What was read.</summary>
    public object Loaded { get; }

    /// <summary>The bytes that reading the file allocates, the least of several readings: its honest size in memory.</summary>
    public long HonestBytes(bool oneWay) => _honestBytes[oneWay ? 1 : 0];

    /// <summary>Reads the file, so that what a thread makes once is made.</summary>
    public void WarmUp()
    {
        Target.Load(Open(File, oneWay: false));
        Target.Load(Open(File, oneWay: true));
    }

    /// <summary>The least bytes that any of several readings of a sound file allocates.</summary>
    public static long Measure(FuzzTarget target, byte[] file, bool oneWay)
    {
        const int Readings = 4;
        long least = long.MaxValue;
        for (int reading = 0; reading < Readings; reading++)
        {
            var stream = Open(file, oneWay);
            long before = GC.GetAllocatedBytesForCurrentThread();
            target.Load(stream);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }

    /// <summary>A stream of a file that can seek, or one that cannot.</summary>
    public static Stream Open(byte[] file, bool oneWay) => oneWay ? new OneWayStream(file) : new MemoryStream(file);
}
