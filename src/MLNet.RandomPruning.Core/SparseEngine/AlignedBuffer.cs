using System.Runtime.InteropServices;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>Floats outside the managed heap, aligned to a cache line and zero at first.</summary>
internal sealed unsafe class AlignedBuffer : IDisposable
{
    private const int CacheLine = 64;

    public AlignedBuffer(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        nuint bytes = checked((nuint)length * sizeof(float));
        bool isHuge = bytes >= 2 * HugePages.Size;
        Pointer = (float*)NativeMemory.AlignedAlloc(Math.Max(bytes, CacheLine), isHuge ? (nuint)HugePages.Size : CacheLine);
        if (isHuge)
        {
            HugePages.Ask(Pointer, bytes);
        }

        NativeMemory.Clear(Pointer, bytes);
    }

    ~AlignedBuffer() => Free();

    public long Length { get; }

    public float* Pointer { get; private set; }

    public Span<float> Span => new(Pointer, checked((int)Length));

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
    }
}
