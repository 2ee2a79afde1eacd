using System.Globalization;

namespace Microsoft.ML.Data;

/// <summary>The identity of a row: 128 bits that stay with it through shuffling, splitting and caching.</summary>
public readonly struct DataViewRowId : IComparable<DataViewRowId>, IEquatable<DataViewRowId>
{
    public readonly ulong Low;

    public readonly ulong High;

    public DataViewRowId(ulong low, ulong high)
    {
        Low = low;
        High = high;
    }

    public DataViewRowId Fork() => Mix(this, new DataViewRowId(0x243F6A8885A308D3, 0x13198A2E03707344));

    public DataViewRowId Next() => Mix(this, new DataViewRowId(0xA4093822299F31D0, 0x082EFA98EC4E6C89));

    public DataViewRowId Combine(DataViewRowId other) => Mix(this, other);

    public bool Equals(DataViewRowId other) => Low == other.Low && High == other.High;

    public override bool Equals(object obj) => obj is DataViewRowId other && Equals(other);

    public int CompareTo(DataViewRowId other)
    {
        int high = High.CompareTo(other.High);
        return high != 0 ? high : Low.CompareTo(other.Low);
    }

    public override int GetHashCode() => (int)(Low ^ (Low >> 32) ^ High ^ (High >> 32));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{High:x16}{Low:x16}");

    private static DataViewRowId Mix(DataViewRowId first, DataViewRowId second)
    {
        ulong low = Scramble(first.Low ^ Scramble(second.Low + 0x9E3779B97F4A7C15));
        ulong high = Scramble(first.High + Scramble(second.High ^ low));
        return new DataViewRowId(Scramble(low + high), high);
    }

    /// <summary>The finalizer of SplitMix64: a bijection in which every input bit moves half of the output bits.</summary>
    private static ulong Scramble(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
