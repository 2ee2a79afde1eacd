using System;

namespace TorchSharp.Native;

/// <summary>An operator of libtorch, found by the name and overload of its schema.</summary>
internal sealed unsafe class Operator(string name, string overload = "")
{
    private IntPtr _handle;

    /// <summary>Calls it. Arguments stand in the order of the schema; those left out at the end take its defaults.</summary>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">libtorch has refused; the message is its own.</exception>
    public torch.Tensor Call(params ReadOnlySpan<Argument> arguments)
    {
        if (_handle == IntPtr.Zero)
        {
            // Two threads may both find it; either handle will do.
            _handle = Shim.ts_operator(name, overload);
            Shim.Check();
        }

        Shim.ts_begin();
        foreach (ref readonly var argument in arguments)
        {
            argument.Push();
        }

        IntPtr result;
        int count = Shim.ts_call(_handle, &result, 1);
        Shim.Check();
        return count == 0 ? null : new torch.Tensor(result);
    }
}
