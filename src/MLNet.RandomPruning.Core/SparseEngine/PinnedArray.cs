using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>An array that the garbage collector leaves in its place, so that kernels can point into it.</summary>
internal sealed unsafe class PinnedArray<T>
    where T : unmanaged
{
    public PinnedArray(int length)
    {
        Array = GC.AllocateArray<T>(length, pinned: true);
        Pointer = (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(Array));
    }

    public T[] Array { get; }

    public T* Pointer { get; }
}
