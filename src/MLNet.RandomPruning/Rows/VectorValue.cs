using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Rows;

/// <summary>Writes vectors into the values that getters give.</summary>
internal static class VectorValue
{
    /// <summary>Makes the value a copy of a dense vector; its memory is used again where it is large enough.</summary>
    public static void Set(ref VBuffer<float> value, ReadOnlySpan<float> vector)
    {
        var editor = VBufferEditor.Create(ref value, vector.Length);
        vector.CopyTo(editor.Values);
        value = editor.Commit();
    }
}
