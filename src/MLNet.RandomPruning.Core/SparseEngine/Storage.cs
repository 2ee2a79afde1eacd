using System.Runtime.CompilerServices;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>How floats stand in the planes that are kept from phase to phase.</summary>
/// <typeparam name="TVector">The vector that they are loaded into.</typeparam>
internal unsafe interface IStorage<TVector>
    where TVector : struct
{
    /// <summary>The bytes of one value.</summary>
    static abstract int Bytes { get; }

    static abstract TVector Load(byte* source);

    /// <summary>What a value becomes when it is stored and loaded.</summary>
    static abstract TVector Round(TVector value);

    /// <summary>Stores values that have been rounded.</summary>
    static abstract void StoreRounded(byte* destination, TVector rounded);

    /// <summary>The same past the caches (<see cref="IVector{TVector}.StoreStreaming"/>), if that pays.</summary>
    static abstract void StreamRounded(byte* destination, TVector rounded);
}

/// <summary><see cref="ActivationPrecision.Single"/>.</summary>
internal readonly unsafe struct SingleStorage<TOps, TVector> : IStorage<TVector>
    where TOps : struct, IVector<TVector>
    where TVector : struct
{
    public static int Bytes => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load(byte* source) => TOps.Load((float*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Round(TVector value) => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRounded(byte* destination, TVector rounded) => TOps.Store((float*)destination, rounded);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StreamRounded(byte* destination, TVector rounded) => TOps.StoreStreaming((float*)destination, rounded);
}

/// <summary><see cref="ActivationPrecision.BFloat16"/>.</summary>
internal readonly unsafe struct BFloat16Storage<TOps, TVector> : IStorage<TVector>
    where TOps : struct, IVector<TVector>
    where TVector : struct
{
    public static int Bytes => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load(byte* source) => TOps.LoadUpperHalves((ushort*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Round(TVector value) => TOps.RoundToUpperHalves(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRounded(byte* destination, TVector rounded) => TOps.StoreUpperHalves((ushort*)destination, rounded);

    // Half as many bytes stay in the cache until they are wanted.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StreamRounded(byte* destination, TVector rounded) => StoreRounded(destination, rounded);
}
