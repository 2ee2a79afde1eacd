namespace Microsoft.ML;

/// <summary>Writes the value of a column at the current row into <paramref name="value"/>, reusing its buffers where it can.</summary>
public delegate void ValueGetter<TValue>(ref TValue value);
