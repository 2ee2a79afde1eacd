using System.Text;

namespace MLNet.RandomPruning.Numerics;

/// <summary>What random numbers are drawn for. Each purpose has streams of its own, so that no two uses share numbers.</summary>
public enum RandomPurpose
{
    /// <summary>The positions of kept weights.</summary>
    Mask = 1,

    /// <summary>Initial weights.</summary>
    Initialization = 2,

    /// <summary>The order of the training images in an epoch.</summary>
    Shuffle = 3,

    /// <summary>Crops and flips.</summary>
    Augmentation = 4,

    /// <summary>Generated images.</summary>
    GeneratedImages = 5,

    /// <summary>Which images are held out for validation.</summary>
    ValidationSplit = 6,

    /// <summary>Weights and images that the saliency of weights is measured with.</summary>
    Saliency = 7,

    /// <summary>Which pruned weights come back when masks change in training.</summary>
    MaskGrowth = 8,

    /// <summary>Which rows a bootstrap resample holds.</summary>
    Bootstrap = 9,

    /// <summary>Where attacks on images start.</summary>
    Attack = 10,

    /// <summary>The noise that corrupts images.</summary>
    Corruption = 11,
}

/// <summary>
/// A stream of random numbers that is a pure function of (seed, purpose, index): the same on every platform, and
/// independent of what any other stream has drawn.
/// </summary>
public struct KeyedRandom
{
    private readonly ulong _key;
    private readonly uint _index0, _index1, _purpose;
    private uint _block;
    private (uint X0, uint X1, uint X2, uint X3) _words;
    private int _used;

    /// <summary>Opens the stream that belongs to a seed, a purpose and an index.</summary>
    public KeyedRandom(long seed, RandomPurpose purpose, long index = 0)
    {
        _key = (ulong)seed;
        _index0 = (uint)index;
        _index1 = (uint)((ulong)index >> 32);
        _purpose = (uint)purpose;
        _used = 4;
    }

    /// <summary>Opens the stream that belongs to a seed, a purpose and a name, for example a layer's.</summary>
    public KeyedRandom(long seed, RandomPurpose purpose, string name) : this(seed, purpose, HashOf(name))
    {
    }

    /// <summary>A 64-bit hash of a name (FNV-1a over its UTF-8 bytes), the same on every platform.</summary>
    public static long HashOf(string name)
    {
        ulong hash = 14695981039346656037;
        foreach (byte b in Encoding.UTF8.GetBytes(name))
        {
            hash = (hash ^ b) * 1099511628211;
        }

        return (long)hash;
    }

    /// <summary>32 random bits.</summary>
    public uint NextUInt32()
    {
        if (_used == 4)
        {
            _words = Philox.Block(_key, _block++, _index0, _index1, _purpose);
            _used = 0;
        }

        return _used++ switch { 0 => _words.X0, 1 => _words.X1, 2 => _words.X2, _ => _words.X3 };
    }

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64() => NextUInt32() | (ulong)NextUInt32() << 32;

    /// <summary>A number from [0, 1), a multiple of 2⁻⁵³.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number from [low, high).</summary>
    public double NextDouble(double low, double high) => low + (high - low) * NextDouble();

    /// <summary>A whole number from [0, bound), every one equally likely (Lemire's multiply-shift with rejection).</summary>
    public int NextInt(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        uint range = (uint)bound;
        uint threshold = (uint)-(int)range % range;
        ulong product;
        do
        {
            product = (ulong)NextUInt32() * range;
        }
        while ((uint)product < threshold);

        return (int)(product >> 32);
    }

    /// <summary>A draw from the normal distribution with mean 0 and variance 1 (Marsaglia's polar method).</summary>
    public double NextGaussian()
    {
        double x, square;
        do
        {
            x = 2 * NextDouble() - 1;
            double y = 2 * NextDouble() - 1;
            square = x * x + y * y;
        }
        while (square >= 1 || square == 0);

        return x * Math.Sqrt(-2 * PortableMath.Log(square) / square);
    }

    /// <summary>Puts the items in random order (Fisher–Yates).</summary>
    public void Shuffle(Span<int> items)
    {
        for (int last = items.Length - 1; last > 0; last--)
        {
            int other = NextInt(last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }
}
