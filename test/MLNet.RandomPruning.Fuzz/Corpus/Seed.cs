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
        Loaded = target.Load(Open(oneWay: false));
        _honestBytes = [Measure(oneWay: false), Measure(oneWay: true)];
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
        Target.Load(Open(oneWay: false));
        Target.Load(Open(oneWay: true));
    }

    private long Measure(bool oneWay)
    {
        const int Readings = 4;
        long least = long.MaxValue;
        for (int reading = 0; reading < Readings; reading++)
        {
            var stream = Open(oneWay);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Target.Load(stream);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }

    private Stream Open(bool oneWay) => oneWay ? new OneWayStream(File) : new MemoryStream(File);
}
